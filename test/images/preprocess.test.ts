import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { preprocess } from '../../src/images/preprocess.js';
import { fixture, hasPbc, listFixtures, pbc, root, splitCrops } from '../support/fixtures.js';
import { largestDifference, MAX_PIXELS, meanDifference, spec, tensor } from '../support/preprocessing.js';

/** Of `tensor`. */
const SIZE_PX = 96;

/** What training made of an image, as its command wrote it. */
const reference = (file: string) => sharp(readFileSync(file)).toColourspace('srgb').raw().toBuffer();

describe("the service's tensors equal training's (at most 1/255 in a channel value)", () => {
  // Written by training's `hemoserve-preprocess`; training's own test keeps them up to date.
  it.each(listFixtures('preprocessed'))('%s', async (path) => {
    const name = basename(path, '.png');
    const folder = existsSync(fixture(`cells/${name}`)) ? 'cells' : 'formats';
    const expected = await reference(fixture(path));
    expect(largestDifference(await tensor(`${folder}/${name}`), expected)).toBeLessThanOrEqual(1);
  });

  const command = join(root, 'training', '.venv', 'bin', 'hemoserve-preprocess');
  it.skipIf(!hasPbc || !existsSync(command))(
    'on real crops, at three sizes',
    { timeout: 120_000 },
    async () => {
      const crops = splitCrops('validation').filter((_, index) => index % 20 === 0);
      const files = crops.map(({ path }) => join(pbc, path));
      for (const sizePx of [SIZE_PX, 160, 224]) {
        const out = mkdtempSync(join(tmpdir(), 'hemoserve-preprocessed-'));
        execFileSync(command, ['--size-px', String(sizePx), '--out', out, ...files]);
        for (const file of files) {
          const actual = await preprocess(readFileSync(file), spec(sizePx), MAX_PIXELS);
          const expected = await reference(join(out, `${basename(file)}.png`));
          expect(largestDifference(actual, expected), file).toBeLessThanOrEqual(1);
        }
      }
    },
  );
});

describe('an image comes out right', () => {
  it('in every lossless format', async () => {
    const expected = await tensor('formats/rgb.png');
    for (const file of ['rgb.tif', 'rgb24.bmp', 'rgb32.bmp']) {
      expect(await tensor(`formats/${file}`), file).toEqual(expected);
    }
  });

  it('with 16 bits a channel', async () => {
    const expected = await tensor('formats/rgb.png');
    for (const file of ['rgb16.png', 'rgb16.tif']) {
      expect(largestDifference(await tensor(`formats/${file}`), expected), file).toBeLessThanOrEqual(3);
    }
    const grey = await tensor('formats/grey.png');
    expect(meanDifference(await tensor('formats/grey16.png'), grey)).toBeLessThan(3);
  });

  it('in grey, as three equal channels', async () => {
    for (const file of ['grey.png', 'grey.jpg', 'grey16.png']) {
      const pixels = await tensor(`formats/${file}`);
      expect(pixels, file).toHaveLength(SIZE_PX * SIZE_PX * 3);
      for (let at = 0; at < pixels.length; at += 3) {
        expect([pixels[at + 1], pixels[at + 2]]).toEqual([pixels[at], pixels[at]]);
      }
    }
  });

  it('with alpha, laid on white', async () => {
    const opaque = await tensor('formats/rgb.png');
    for (const file of ['alpha.png', 'alpha.tif']) {
      const pixels = await tensor(`formats/${file}`);
      // The ramp is transparent at the left edge and opaque at the right one.
      for (let row = 0; row < SIZE_PX; row++) {
        const [left, right] = [row * SIZE_PX * 3, (row * SIZE_PX + SIZE_PX - 1) * 3];
        for (let channel = 0; channel < 3; channel++) {
          expect(pixels[left + channel]).toBeGreaterThan(250);
          expect(Math.abs((pixels[right + channel] ?? 0) - (opaque[right + channel] ?? 0))).toBeLessThan(6);
        }
      }
    }
  });

  it('in CMYK, near the colours it was made from', async () => {
    const expected = await tensor('formats/rgb.png');
    for (const file of ['cmyk.jpg', 'cmyk.tif']) {
      expect(meanDifference(await tensor(`formats/${file}`), expected), file).toBeLessThan(12);
    }
  });

  it('turned by its EXIF orientation', async () => {
    const upright = await tensor('formats/rgb.jpg');
    expect(meanDifference(await tensor('formats/exif-rotated.jpg'), upright)).toBeLessThan(2);
  });

  it('with its colour profile honoured', async () => {
    const expected = await tensor('formats/rgb.jpg');
    expect(meanDifference(await tensor('formats/display-p3.jpg'), expected)).toBeLessThan(4);
  });

  it('with a palette', async () => {
    expect(meanDifference(await tensor('formats/palette.png'), await tensor('formats/rgb.png'))).toBeLessThan(
      8,
    );
  });
});
