import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../../src/statistics/seeded.js';
import { root } from './fixtures.js';

/** Sound and odd files of every format, to be damaged. */
const SEEDS = [
  'cells/ig.jpg',
  'formats/rgb.jpg',
  'formats/cmyk.jpg',
  'formats/exif-rotated.jpg',
  'formats/display-p3.jpg',
  'formats/rgb.png',
  'formats/palette.png',
  'formats/rgb16.png',
  'formats/alpha.png',
  'formats/rgb24.bmp',
  'formats/rgb32.bmp',
  'formats/rgb.tif',
  'formats/cmyk.tif',
  'formats/rgb16.tif',
].map((path) => readFileSync(join(root, 'test', 'fixtures', path)));

/** Where headers are, in bytes. */
const HEADER = 64;

/**
 * Damaged images, the same ones for the same seed: flipped bits, cut off ends, wrong bytes in headers, parts that are
 * missing, doubled or another file's.
 */
export function* mutations(count: number, seed = 1): Generator<Buffer<ArrayBuffer>> {
  const random = seeded(seed);
  const below = (end: number) => Math.floor(random() * end);
  const pick = () => SEEDS[below(SEEDS.length)] as Buffer;
  const kinds: ((image: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer>)[] = [
    (image) => {
      for (let flips = 1 + below(32); flips > 0; flips--) {
        const at = below(image.length);
        image[at] = (image[at] ?? 0) ^ (1 << below(8));
      }
      return image;
    },
    (image) => image.subarray(0, below(image.length)),
    (image) => {
      for (let bytes = 1 + below(8); bytes > 0; bytes--) image[below(HEADER)] = below(256);
      return image;
    },
    (image) => {
      const [from, to] = [below(image.length), below(image.length)].sort((a, b) => a - b) as [number, number];
      return Buffer.concat([image.subarray(0, from), image.subarray(to)]);
    },
    (image) => {
      const from = below(image.length);
      return Buffer.concat([image.subarray(0, from), image.subarray(below(from + 1))]);
    },
    (image) => Buffer.concat([image.subarray(0, below(image.length)), pick().subarray(below(HEADER))]),
  ];
  for (let index = 0; index < count; index++) {
    const damage = kinds[below(kinds.length)] as (typeof kinds)[number];
    yield damage(Buffer.from(pick()));
  }
}
