import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const modelsDir = join(root, 'models');
const fixtures = join(root, 'test', 'fixtures');

/** The classes in the project's order; the fixtures have a generated cell for each. */
export const CLASSES = [
  'basophil',
  'eosinophil',
  'erythroblast',
  'ig',
  'lymphocyte',
  'monocyte',
  'neutrophil',
  'platelet',
];

/** Path of a fixture, such as `cells/ig.jpg`. */
export function fixture(path: string): string {
  return join(fixtures, path);
}

export function readFixture(path: string): Buffer {
  return readFileSync(fixture(path));
}

export function listFixtures(folder: string): string[] {
  return readdirSync(fixture(folder)).map((name) => `${folder}/${name}`);
}

/** A fixture as an upload, under its own name or another. */
export function upload(path: string, name = basename(path)): File {
  return new File([new Uint8Array(readFixture(path))], name);
}

/** The generated cell of each class. */
export function cells(): File[] {
  return CLASSES.map((name) => upload(`cells/${name}.jpg`));
}

/** PBC's crops, where this checkout has them beside it. */
export const pbc = join(root, '..', 'shared', 'pbc');
export const hasPbc = existsSync(pbc);

/** Crops of one part of the training split, in the file's order. */
export function splitCrops(part: string): { path: string; label: string }[] {
  const [, ...rows] = readFileSync(join(root, 'training', 'splits', 'pbc.csv'), 'utf8')
    .trim()
    .split('\n');
  return rows
    .map((row) => row.split(','))
    .filter(([, rowPart]) => rowPart === part)
    .map(([path = '']) => ({ path, label: path.split('/')[0] ?? '' }));
}
