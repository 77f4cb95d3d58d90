import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { preprocess } from '../../src/images/preprocess.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { CLASSES, hasPbc, pbc, readFixture, splitCrops } from './fixtures.js';

/** Crops as a model gets them, uint8 (height, width, 3) each: real ones where there are any, else varied cells. */
export async function preprocessedCrops(manifest: Manifest, count: number): Promise<Uint8Array[]> {
  const files = hasPbc ? realCrops(count) : await variedCells(count);
  return Promise.all(files.map((file) => preprocess(file, manifest, 16_777_216)));
}

function realCrops(count: number): Buffer[] {
  const part = splitCrops('validation');
  return Array.from({ length: count }, (_, index) => {
    const { path } = part[Math.floor((index * part.length) / count)] ?? { path: '' };
    return readFileSync(join(pbc, path));
  });
}

/** The generated cells, turned, and with other brightness, saturation and hue each time. */
function variedCells(count: number): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const round = Math.floor(index / CLASSES.length);
      return sharp(readFixture(`cells/${CLASSES[index % CLASSES.length]}.jpg`))
        .rotate(90 * (round % 4))
        .modulate({ brightness: 0.7 + 0.025 * round, saturation: 1.3 - 0.02 * round, hue: (7 * round) % 40 })
        .png()
        .toBuffer();
    }),
  );
}

/** One after the other, uint8 (count, height, width, 3). */
export function concatenated(crops: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(crops));
}
