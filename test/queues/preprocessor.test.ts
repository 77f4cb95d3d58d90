import { afterEach, describe, expect, it } from 'vitest';
import { Preprocessor } from '../../src/queues/preprocessor.js';
import { BMP_VARIANTS, bmpFile } from '../support/bmp.js';
import { readFixture } from '../support/fixtures.js';
import { MAX_PIXELS, spec, tensorOf } from '../support/preprocessing.js';
import { TIMED } from '../support/timed.js';

let preprocessor: Preprocessor;
afterEach(() => preprocessor.close());

/** Runs the files, each of another request, all at once; gives their names in the order in which they are done. */
async function doneInOrder(threads: number, files: [name: string, file: Buffer][]): Promise<string[]> {
  preprocessor = new Preprocessor(spec(), { threads, maxPixels: MAX_PIXELS });
  const done: string[] = [];
  await Promise.all(
    files.map(([name, file]) =>
      preprocessor.run(file, new AbortController().signal).finally(() => done.push(name)),
    ),
  );
  return done;
}

/** 16 million pixels, about the most that is decoded. */
const large = () =>
  bmpFile({ width: 4096, height: 4096, bits: 8, palette: [[9, 9, 9]], compression: 1, body: [0, 1] });

describe('Preprocessor', () => {
  it('decodes BMPs in a worker as elsewhere', async () => {
    preprocessor = new Preprocessor(spec(), { threads: 1, maxPixels: MAX_PIXELS });
    for (const [name, { file }] of Object.entries(BMP_VARIANTS)) {
      const expected = await tensorOf(file);
      expect(await preprocessor.run(Buffer.from(file)), name).toEqual(expected);
    }
  });

  it('leaves a thread to small images, however many large ones come first', async () => {
    const larges = Array.from({ length: 4 }, (_, index) => [`large ${index}`, large()] as [string, Buffer]);
    const done = await doneInOrder(2, [...larges, ['crop', readFixture('cells/ig.jpg')]]);
    expect(done).toHaveLength(5);
    expect(done.indexOf('crop')).toBeLessThan(2);
  });

  it('with one thread takes a small image before the large ones that wait', async () => {
    const larges = Array.from({ length: 3 }, (_, index) => [`large ${index}`, large()] as [string, Buffer]);
    const done = await doneInOrder(1, [...larges, ['crop', readFixture('cells/ig.jpg')]]);
    expect(done.slice(0, 2)).toEqual(['large 0', 'crop']);
  });

  it('lets large images rest as long as they worked, while small ones come', TIMED, async () => {
    preprocessor = new Preprocessor(spec(), { threads: 1, maxPixels: MAX_PIXELS });
    const startMs = performance.now();
    const doneMs = Promise.all(
      [large(), large(), readFixture('cells/ig.jpg')].map((file) =>
        preprocessor.run(file, new AbortController().signal).then(() => performance.now()),
      ),
    );
    const [first = 0, second = 0, crop = 0] = await doneMs;
    expect(crop).toBeLessThan(second);
    // The first one starts the worker thread too, so without a rest the second one would be faster.
    expect(second - first).toBeGreaterThan(first - startMs - 5);
  });

  it('refuses by the header what would cost too much, before it takes a turn', async () => {
    preprocessor = new Preprocessor(spec(), { threads: 1, maxPixels: MAX_PIXELS });
    const strip = bmpFile({ width: 1, height: MAX_PIXELS, bits: 1, palette: [[0, 0, 0]], body: [] });
    await expect(preprocessor.run(strip)).rejects.toMatchObject({ code: 'image_too_large' });
    expect(preprocessor.queueLength).toBe(0);
  });
});
