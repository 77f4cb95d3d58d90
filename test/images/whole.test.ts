import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readFixture, root } from '../support/fixtures.js';
import { tensor, tensorOf } from '../support/preprocessing.js';
import { TIFFS_READ } from '../support/tiff.js';

const jpeg = readFixture('formats/rgb.jpg');
const png = readFixture('formats/rgb.png');
const START_OF_SCAN = jpeg.indexOf(Buffer.from([0xff, 0xda]));
const IDAT = png.indexOf('IDAT');

function spliced(file: Buffer, at: number, bytes: number[], drop = 0): Buffer {
  return Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at + drop)]);
}

function chunk(name: string, data: string, sum?: number): number[] {
  const body = Buffer.from(name + data, 'latin1');
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(sum ?? crc32(body));
  return [...length, ...body, ...check];
}

/** Decoders warn of these, and lose nothing of the picture. */
const WHOLE: [string, Buffer, Promise<Uint8Array>][] = [
  [
    'a JPEG with stray bytes before a marker',
    spliced(jpeg, 4 + jpeg.readUInt16BE(4), [1, 2, 3]),
    tensor('formats/rgb.jpg'),
  ],
  [
    'a JPEG with stray bytes before its end',
    spliced(jpeg, jpeg.length - 2, [1, 2, 3]),
    tensor('formats/rgb.jpg'),
  ],
  ['a JPEG with bytes after its end', spliced(jpeg, jpeg.length, [1, 2, 3]), tensor('formats/rgb.jpg')],
  ['a JPEG with a scan of odd parameters', oddScan(), tensor('formats/rgb.jpg')],
  ['a PNG with a text without its NUL', spliced(png, 33, chunk('tEXt', 'abcd')), tensor('formats/rgb.png')],
  [
    'a PNG with a text whose sum is wrong',
    spliced(png, 33, chunk('tEXt', 'a\0b', 1)),
    tensor('formats/rgb.png'),
  ],
  ['a PNG with bytes after its end', spliced(png, png.length, [1, 2, 3]), tensor('formats/rgb.png')],
  ['a TIFF with a tag out of order', tiff('a tag out of order'), tensorOf(tiff('RGB'))],
];

const NOT_WHOLE: [string, Buffer][] = [
  ['a JPEG without its end', jpeg.subarray(0, -2)],
  [
    'a JPEG cut off, with an end put there',
    Buffer.concat([jpeg.subarray(0, jpeg.length / 2), jpeg.subarray(-2)]),
  ],
  ['a JPEG with a piece missing', spliced(jpeg, START_OF_SCAN + 600, [], 300)],
  ['a JPEG without a picture', jpeg.subarray(0, START_OF_SCAN)],
  ['a PNG without its last rows', png.subarray(0, png.length - 200)],
  ['a PNG whose data have a wrong sum', spliced(png, IDAT + 500, [(png[IDAT + 500] ?? 0) ^ 1], 1)],
  ['a TIFF without its last rows', cutTiff()],
];

describe('what decodes whole is read', () => {
  it.each(WHOLE)('%s', async (_name, file, expected) => {
    expect(await tensorOf(file)).toEqual(await expected);
  });
});

describe('what is truncated or damaged is refused in our words', () => {
  it.each(NOT_WHOLE)('%s', async (_name, file) => {
    await expect(tensorOf(file)).rejects.toMatchObject({
      code: 'corrupt_image',
      message: expect.not.stringMatching(/vips|libjpeg|libpng|TIFF(Read|Fill|Fetch)|buffer/i),
    });
  });
});

const command = join(root, 'training', '.venv', 'bin', 'hemoserve-preprocess');
describe.skipIf(!existsSync(command))('training reads the same files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-whole-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (files: string[]) =>
    execFileSync(command, ['--size-px', '96', '--out', join(folder, 'out'), ...files], {
      stdio: 'pipe',
      // Of this checkout, wherever the environment was made.
      env: { ...process.env, PYTHONPATH: join(root, 'training') },
    });
  const write = (name: string, file: Buffer) => {
    const path = join(folder, name.replaceAll(' ', '-'));
    writeFileSync(path, file);
    return path;
  };

  it('whole ones', { timeout: 60_000 }, () => {
    run(WHOLE.map(([name, file]) => write(name, file)));
  });

  it.each(NOT_WHOLE)('and refuses %s', { timeout: 60_000 }, (name, file) => {
    expect(() => run([write(name, file)])).toThrow(/Error/);
  });
});

function tiff(name: string): Buffer {
  return TIFFS_READ[name]?.file ?? Buffer.alloc(0);
}

/** The spectral selection of a sequential scan is 0 to 63; here it is 0 to 0. */
function oddScan(): Buffer {
  const end = START_OF_SCAN + 2 + jpeg.readUInt16BE(START_OF_SCAN + 2) - 2;
  return spliced(jpeg, end, [0], 1);
}

/** Its strip is said to go on past the file's end. */
function cutTiff(): Buffer {
  const file = Buffer.from(tiff('RGB'));
  const directory = file.readUInt32LE(4);
  for (let at = directory + 2; at < file.length; at += 12) {
    if (file.readUInt16LE(at) === 273) {
      file.writeUInt32LE(file.length - 100, at + 8);
      return file;
    }
  }
  throw new Error('the TIFF has no strip');
}
