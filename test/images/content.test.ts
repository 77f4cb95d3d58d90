import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { BLANK_DEVIATION, checkStructure, largestDeviation } from '../../src/images/content.js';
import { cells, hasPbc, pbc, root, splitCrops } from '../support/fixtures.js';
import { tensorOf } from '../support/preprocessing.js';

describe('a blank image is refused', () => {
  it.each(['white', 'black', '#e8d8e0'])('%s', async (background) => {
    const file = await sharp({ create: { width: 360, height: 363, channels: 3, background } })
      .png()
      .toBuffer();
    const pixels = await tensorOf(file);
    expect(() => checkStructure(pixels)).toThrow(expect.objectContaining({ code: 'blank_image' }));
  });

  it('with the noise of a camera', async () => {
    const noise = { type: 'gaussian', mean: 225, sigma: 6 } as const;
    const file = await sharp({ create: { width: 360, height: 363, channels: 3, background: 'white', noise } })
      .jpeg({ quality: 90 })
      .toBuffer();
    const pixels = await tensorOf(file);
    expect(() => checkStructure(pixels)).toThrow(expect.objectContaining({ code: 'blank_image' }));
  });
});

describe('no crop is taken for blank', () => {
  const deviation = async (file: Buffer) => largestDeviation(await tensorOf(file));

  it('of the drawn cells', async () => {
    for (const cell of cells()) {
      expect(await deviation(Buffer.from(await cell.arrayBuffer()))).toBeGreaterThan(3 * BLANK_DEVIATION);
    }
  });

  it.skipIf(!hasPbc)('of the validation part', { timeout: 120_000 }, async () => {
    for (const { path } of splitCrops('validation')) {
      expect(await deviation(readFileSync(join(pbc, path))), path).toBeGreaterThan(2 * BLANK_DEVIATION);
    }
  });

  const other = join(root, '..', 'shared', 'other-laboratory', 'bccd');
  it.skipIf(!existsSync(other))('of another laboratory', { timeout: 120_000 }, async () => {
    const files = readdirSync(other, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(jpe?g|png)$/i.test(name),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      expect(await deviation(readFileSync(join(other, name))), name).toBeGreaterThan(2 * BLANK_DEVIATION);
    }
  });
});
