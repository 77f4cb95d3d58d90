import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../src/images/header.js';
import { bmpFile } from '../support/bmp.js';
import { readFixture } from '../support/fixtures.js';
import { MAX_PIXELS } from '../support/preprocessing.js';

const header = (file: Buffer, maxPixels = MAX_PIXELS) => readHeader(file, maxPixels);
const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'white' }, limitInputPixels: false });

describe('a header', () => {
  it.each(['rgb.jpg', 'rgb.png', 'rgb.tif', 'rgb24.bmp', 'rgb32.bmp', 'rgb16.tif', 'grey16.png', 'cmyk.jpg'])(
    'of %s has its size',
    async (name) => {
      const file = readFixture(`formats/${name}`);
      expect(await header(file)).toMatchObject({ width: 120, height: 90 });
    },
  );

  it('says how much more work passes over the image are', async () => {
    const image = () => blank(500, 500);
    const plain = await header(await image().jpeg().toBuffer());
    expect(plain.workPixels).toBe(250_000);
    const progressive = await header(await image().jpeg({ progressive: true }).toBuffer());
    expect(progressive.workPixels).toBeGreaterThan(4 * plain.workPixels);
    const interlaced = await header(await image().png({ progressive: true }).toBuffer());
    expect(interlaced.workPixels).toBe(500_000);
  });
});

describe('by its header an image is refused', () => {
  const bomb = (width: number, height: number) =>
    bmpFile({ width, height, bits: 1, palette: [[0, 0, 0]], body: [] });
  it.each([
    ['with too many pixels', bomb(5000, 4000), 'image_too_large'],
    ['as a strip of all the pixels there may be', bomb(1, MAX_PIXELS), 'image_too_large'],
    ['with a side 17 times the other', bomb(17, 1), 'image_too_large'],
    ['without pixels', bomb(0, 5), 'corrupt_image'],
    ['as lossless JPEG', jpeg(0xc3, 8), 'unsupported_image_format'],
    ['as JPEG-LS', jpeg(0xf7, 8), 'unsupported_image_format'],
    ['as JPEG of 12 bits', jpeg(0xc1, 12), 'unsupported_image_format'],
    ['as JPEG that ends in its header', jpeg(0xc0, 8).subarray(0, 8), 'corrupt_image'],
    ['as PNG that ends in its header', readFixture('formats/rgb.png').subarray(0, 20), 'corrupt_image'],
  ])('%s', async (_name, file, code) => {
    await expect(header(file)).rejects.toMatchObject({ code });
  });

  it('whose texts may unpack to gigabytes', async () => {
    const png = readFixture('formats/rgb.png');
    const text = Buffer.alloc(1_000_012);
    text.writeUInt32BE(1_000_000);
    text.write('zTXt', 4);
    const bomb = Buffer.concat([png.subarray(0, 33), text, png.subarray(33)]);
    await expect(header(bomb)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('whose scans cost too much', async () => {
    const scan = Buffer.from([0xff, 0xda, 0, 2]);
    const scans = (count: number) => Buffer.concat([jpeg(0xc2, 8), ...new Array(count).fill(scan)]);
    const pixels = 16 * 16;
    expect(await header(scans(8), pixels)).toMatchObject({ workPixels: 8 * pixels });
    await expect(header(scans(9), pixels)).rejects.toMatchObject({ code: 'image_too_large' });
  });
});

describe('a format that is not read is named', () => {
  const padded = (...bytes: (string | number[])[]) =>
    Buffer.concat([
      ...bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
      Buffer.alloc(200),
    ]);
  it.each([
    ['DICOM', padded(new Array(128).fill(0), 'DICM')],
    ['PNM', padded('P6\n2 2\n255\n')],
    ['DDS', padded('DDS |\0\0\0')],
    ['OpenEXR', padded('v/1\x01')],
    ['FITS', padded('SIMPLE  =                    T')],
    ['Zeiss CZI', padded('ZISRAWFILE')],
    ['PDF', padded('%PDF-1.7')],
    ['image/webp', readFixture('formats/other.webp')],
    ['image/gif', readFixture('formats/other.gif')],
    ['image/svg+xml', readFixture('formats/vector.svg')],
  ])('%s', async (name, file) => {
    await expect(header(file)).rejects.toMatchObject({
      code: 'unsupported_image_format',
      message: expect.stringContaining(name),
    });
  });

  it('and an archive of megabytes costs no time', async () => {
    const archive = Buffer.alloc(10_000_000, 'PK\x03\x04');
    const before = process.cpuUsage();
    await expect(header(archive)).rejects.toMatchObject({ code: 'not_an_image' });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(20);
  });
});

/** A JPEG that ends after its frame of 16 x 16 pixels. */
function jpeg(marker: number, bits: number): Buffer {
  return Buffer.from([0xff, 0xd8, 0xff, marker, 0, 11, bits, 0, 16, 0, 16, 1, 1, 0x11, 0]);
}

describe('of a header made to cost time, reading takes milliseconds', () => {
  const filled = (begin: Buffer, part: Buffer) => Buffer.concat([begin, Buffer.alloc(10_000_000, part)]);
  const soi = Buffer.from([0xff, 0xd8]);
  const tiff = Buffer.from('II*\0\x08\0\0\0\xff\x0f', 'latin1');
  const description = Buffer.from([270 & 255, 1, 2, 0, 0, 4, 0, 0, 8, 0, 0, 0]);
  it.each([
    ['a JPEG of fill bytes', filled(soi, Buffer.from([0xff]))],
    ['a JPEG of empty comments', filled(soi, Buffer.from([0xff, 0xfe, 0, 2]))],
    ['a JPEG of scans', filled(jpeg(0xc0, 8), Buffer.from([0xff, 0xda]))],
    [
      'a PNG of empty texts',
      filled(readFixture('formats/rgb.png').subarray(0, 33), Buffer.from('\0\0\0\0zTXt\0\0\0\0')),
    ],
    ['a TIFF of descriptions', filled(tiff, description)],
  ])('%s', async (_name, file) => {
    await header(file).catch(() => {});
    const before = process.cpuUsage();
    await header(file).catch((error) => expect(error).toMatchObject({ isFaultOfService: false }));
    const { user, system } = process.cpuUsage(before);
    // A few ms on a machine at rest; without bounds hundreds or more.
    expect((user + system) / 1000).toBeLessThan(80);
  });
});
