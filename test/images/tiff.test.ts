import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { largestDifference, tensorOf } from '../support/preprocessing.js';
import { TIFFS_READ, TIFFS_REFUSED } from '../support/tiff.js';

describe('a TIFF gives the tensor of the same picture as PNG', () => {
  it.each(Object.entries(TIFFS_READ))('%s', async (_name, { file, shown: { pixels, width, height } }) => {
    const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    expect(largestDifference(await tensorOf(file), await tensorOf(png))).toBeLessThanOrEqual(2);
  });
});

describe('a TIFF that cannot be read right is refused, and the reason says why', () => {
  it.each(Object.entries(TIFFS_REFUSED))('%s', async (_name, { file, words }) => {
    await expect(tensorOf(file)).rejects.toMatchObject({
      code: 'unsupported_image_format',
      message: expect.stringMatching(words),
    });
  });

  it.each(['a page that points to itself', 'an offset past the end', 'no picture'])('%s', async (name) => {
    const file = Buffer.from(TIFFS_READ.RGB?.file ?? '');
    const directory = file.readUInt32LE(4);
    const next = directory + 2 + 12 * file.readUInt16LE(directory);
    if (name === 'a page that points to itself') file.writeUInt32LE(directory, next);
    if (name === 'an offset past the end') file.writeUInt32LE(0x7fffffff, 4);
    if (name === 'no picture') file.writeUInt32LE(0, 4);
    await expect(tensorOf(file)).rejects.toMatchObject({ isFaultOfService: false });
  });
});
