import { describe, expect, it } from 'vitest';
import { channelsOf, decodeBmp } from '../../src/images/bmp/decode.js';
import { readBmpHeader } from '../../src/images/bmp/header.js';
import { readHeader } from '../../src/images/header.js';
import { BMP_VARIANTS, bmpFile } from '../support/bmp.js';

const decode = (file: Buffer) => decodeBmp(file, readBmpHeader(file));

describe('a BMP comes out as it was drawn', () => {
  it.each(Object.entries(BMP_VARIANTS))('%s', async (_name, { file, shown }) => {
    expect(await readHeader(file, 1e6)).toMatchObject({ width: shown.width, height: shown.height });
    const pixels = decode(file);
    const channels = channelsOf(readBmpHeader(file));
    const colours = pixels.filter((_, at) => channels === 3 || at % 4 !== 3);
    expect(Buffer.compare(colours, shown.pixels)).toBe(0);
    if (channels === 4) expect(pixels.every((value, at) => at % 4 !== 3 || value === 255)).toBe(true);
  });

  it('with the alpha that a mask says', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const file = bmpFile({
      width: 2,
      height: 1,
      bits: 32,
      compression: 3,
      headerBytes: 124,
      masks,
      rows: [[1, 2, 3, 0, 4, 5, 6, 128]],
    });
    expect(channelsOf(readBmpHeader(file))).toBe(4);
    expect(decode(file)).toEqual(Uint8Array.from([3, 2, 1, 0, 6, 5, 4, 128]));
  });
});

describe('a BMP is refused', () => {
  const grey = (rows: number[][], rest: Partial<Parameters<typeof bmpFile>[0]> = {}) =>
    bmpFile({ width: 2, height: 1, bits: 8, palette: [[9, 9, 9]], rows, ...rest });

  it.each([
    ['with rows that end early', grey([]), /rows end early/],
    ['with runs that end early', grey([], { compression: 1, body: [1, 0] }), /runs end early/],
    ['with runs that leave it', grey([], { compression: 1, body: [9, 0, 0, 1] }), /runs leave/],
    ['with a colour that its palette lacks', grey([[0, 1]]), /palette has 1 colours/],
  ])('%s', (_name, file, words) => {
    expect(() => decode(file)).toThrow(words);
  });

  it.each([
    ['without a palette', grey([[0, 0]], { palette: [], pixelOffset: 54 }), 'corrupt_image'],
    ['with JPEG inside', grey([], { compression: 4, body: [0] }), 'unsupported_image_format'],
    ['with PNG inside', grey([], { compression: 5, body: [0] }), 'unsupported_image_format'],
    ['with a compression that is none', grey([], { compression: 12, body: [0] }), 'unsupported_image_format'],
    ['with OS/2 RLE24', grey([], { headerBytes: 64, bits: 24, compression: 4 }), 'unsupported_image_format'],
    ['with runs from the top down', grey([], { compression: 1, topDown: true }), 'corrupt_image'],
    [
      'with masks that overlap',
      grey([], { bits: 16, compression: 3, masks: [0xff00, 0xff0, 0xf] }),
      'corrupt_image',
    ],
    ['with an empty mask', grey([], { bits: 16, compression: 3, masks: [0xff00, 0, 0xf] }), 'corrupt_image'],
    ['with 7 bits', grey([], { bits: 7 }), 'corrupt_image'],
    ['with pixels in its header', grey([[0, 0]], { pixelOffset: 20 }), 'corrupt_image'],
    ['with half a header', grey([]).subarray(0, 30), 'corrupt_image'],
  ])('%s', async (_name, file, code) => {
    await expect(readHeader(file, 1e6)).rejects.toMatchObject({ code });
  });
});
