import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { isPlainJpeg } from '../../src/images/plain-jpeg.js';
import { chooseReaders, preprocess } from '../../src/images/preprocess.js';
import { TurboJpeg } from '../../src/images/turbojpeg.js';
import { loadSettings } from '../../src/settings/load.js';
import { fixture, hasPbc, pbc, readFixture, root, splitCrops } from '../support/fixtures.js';
import { mutations } from '../support/mutations.js';
import { MAX_PIXELS, spec, tensorOf } from '../support/preprocessing.js';

const turboJpeg = TurboJpeg.open(loadSettings({}).turbojpeg);
const readers = chooseReaders({ turboJpeg });
const fast = (file: Buffer, sizePx?: number) => preprocess(file, spec(sizePx), MAX_PIXELS, { readers });
const cell = () => sharp(readFixture('cells/neutrophil.jpg'));
/** Pixels as text, or the problem's code. */
const verdict = (pixels: Promise<Uint8Array>) =>
  pixels.then(
    (values) => Buffer.from(values).toString('latin1'),
    ({ code }) => code as string,
  );

describe('a JPEG is plain', () => {
  it.each(['cells/ig.jpg', 'formats/rgb.jpg', 'formats/grey.jpg'])('%s', (path) => {
    expect(isPlainJpeg(readFixture(path))).toBe(true);
  });

  it.each([
    ['with an EXIF segment', readFixture('formats/exif-rotated.jpg')],
    ['with a colour profile', readFixture('formats/display-p3.jpg')],
    ['in CMYK', readFixture('formats/cmyk.jpg')],
    ['that ends in its header', readFixture('formats/rgb.jpg').subarray(0, 200)],
    ['of nothing but comments', Buffer.concat([soi(), Buffer.alloc(1_000_000, comment())])],
  ])('but not one %s', (_name, file) => {
    expect(isPlainJpeg(file)).toBe(false);
  });

  it('but not a progressive one', async () => {
    expect(isPlainJpeg(await cell().jpeg({ progressive: true }).toBuffer())).toBe(false);
  });
});

describe.skipIf(!turboJpeg)("libjpeg-turbo's pixels are libvips' to the bit", () => {
  async function expectSame(file: Buffer, sizePx?: number) {
    const { width, height } = await sharp(file).metadata();
    expect(isPlainJpeg(file)).toBe(true);
    // Not libvips' once more.
    expect(await turboJpeg?.decode(file, { width, height }, async ({ length }) => length)).toBe(
      width * height * 3,
    );
    expect(Buffer.compare(await fast(file, sizePx), await tensorOf(file, sizePx))).toBe(0);
  }

  const sizes = [
    [360, 363],
    [361, 359],
    [17, 9],
    [1000, 900],
  ] as const;
  for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
    it.each(sizes)(`of ${chromaSubsampling}, %d x %d`, async (width, height) => {
      for (const quality of [50, 90, 100]) {
        const image = cell().resize(width, height, { fit: 'fill' });
        await expectSame(await image.jpeg({ chromaSubsampling, quality }).toBuffer());
      }
    });
  }

  it('in grey', async () => {
    await expectSame(await cell().greyscale().jpeg().toBuffer());
  });

  it('enlarged, and of the size that is asked for', async () => {
    await expectSame(await cell().resize(96, 96).jpeg().toBuffer());
    await expectSame(await cell().resize(40, 60, { fit: 'fill' }).jpeg().toBuffer(), 224);
  });

  const python = join(root, 'training', '.venv', 'bin', 'python');
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-turbojpeg-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  it.skipIf(!existsSync(python))('of 4:2:2, by Pillow', async () => {
    const file = join(folder, '422.jpg');
    const program =
      'import sys; from PIL import Image; Image.open(sys.argv[1]).save(sys.argv[2], subsampling=1)';
    execFileSync(python, ['-c', program, fixture('cells/neutrophil.jpg'), file]);
    await expectSame(readFileSync(file));
  });

  it.skipIf(!hasPbc)('on real crops', { timeout: 60_000 }, async () => {
    for (const { path } of splitCrops('validation').filter((_, index) => index % 20 === 0)) {
      await expectSame(readFileSync(join(pbc, path)), 160);
    }
  });

  it('and what is damaged gets the same answer', { timeout: 60_000 }, async () => {
    const jpegs = [...mutations(1200, 28)].filter((file) => file[0] === 0xff);
    const verdicts: [string, string][] = [];
    for (const file of jpegs) verdicts.push([await verdict(fast(file)), await verdict(tensorOf(file))]);
    expect(verdicts.filter(([mine, libvips]) => mine !== libvips)).toHaveLength(0);
    // Neither all read nor all refused.
    expect(new Set(verdicts.map(([mine]) => mine === 'corrupt_image')).size).toBe(2);
  });
});

describe('without the library libvips decodes', () => {
  it.each(['off', '/nowhere/libturbojpeg.so.0'])('with %s', (name) => {
    expect(TurboJpeg.open(name)).toBeUndefined();
  });
});

function soi(): Buffer {
  return Buffer.from([0xff, 0xd8]);
}

function comment(): Buffer {
  return Buffer.from([0xff, 0xfe, 0, 2]);
}
