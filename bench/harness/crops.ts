import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawCell } from '../../scripts/fixtures/cell.js';
import { root } from './paths.js';

/** Distinct crops, over which a load goes round. */
export const CROP_COUNT = 256;

const SEED = 20261124;

export interface Crops {
  /** Where they come from, in words. */
  source: string;
  jpegs: Buffer[];
}

/**
 * As many crops of each class as of any other: PBC's where this checkout has them beside it, or else cells drawn
 * as the test fixtures are, each from its own seed.
 */
export async function loadCrops(classes: string[]): Promise<Crops> {
  const pbc = join(root, '..', 'shared', 'pbc');
  const perClass = Math.ceil(CROP_COUNT / classes.length);
  const real = existsSync(pbc);
  const jpegs = real
    ? classes.flatMap((name) => spread(join(pbc, name), perClass))
    : await drawnCrops(classes, perClass);
  return { source: real ? 'PBC' : 'drawn by scripts/fixtures/cell.ts', jpegs };
}

/** Files from the whole of a folder, evenly. */
function spread(folder: string, count: number): Buffer[] {
  const files = readdirSync(folder)
    .filter((name) => /^[^.].*\.jpe?g$/i.test(name))
    .sort();
  return Array.from({ length: count }, (_, index) => {
    const name = files[Math.floor((index * files.length) / count)] ?? '';
    return readFileSync(join(folder, name));
  });
}

/** So many drawn cells of each class. */
export function drawnCrops(classes: string[], perClass: number): Promise<Buffer[]> {
  return Promise.all(classes.flatMap((name) => drawn(name, perClass)));
}

/** Drawings of 360 x 363 px, as scripts/fixtures.ts makes them. */
function drawn(name: string, count: number): Promise<Buffer>[] {
  return Array.from({ length: count }, (_, index) =>
    sharp(Buffer.from(drawCell(name, SEED + index)))
      .flatten()
      .blur(0.8)
      .jpeg({ quality: 92 })
      .toBuffer(),
  );
}
