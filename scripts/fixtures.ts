/**
 * Draws the test fixtures: one synthetic crop per class and one crop in many file formats. Cells are our own
 * drawings, from a seed, in the manner of a May-Grünwald-Giemsa smear; no pixel is from a real slide.
 *
 *     npm run fixtures
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawCell } from './fixtures/cell.js';
import { writeFormats } from './fixtures/formats.js';

const CLASSES = [
  'basophil',
  'eosinophil',
  'erythroblast',
  'ig',
  'lymphocyte',
  'monocyte',
  'neutrophil',
  'platelet',
] as const;

const folder = join(import.meta.dirname, '..', 'test', 'fixtures');
mkdirSync(join(folder, 'cells'), { recursive: true });
for (const [index, name] of CLASSES.entries()) {
  const svg = drawCell(name, 20261124 + index);
  const jpeg = await sharp(Buffer.from(svg)).flatten().blur(0.8).jpeg({ quality: 92 }).toBuffer();
  writeFileSync(join(folder, 'cells', `${name}.jpg`), jpeg);
}
await writeFormats(join(folder, 'formats'), drawCell('neutrophil', 7));
