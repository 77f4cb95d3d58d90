import { describe, expect, it } from 'vitest';
import { Batcher } from '../src/classify/batcher.js';
import type { BatchOutput, CropBatch } from '../src/engines/engine.js';

/** An engine whose batches finish when told; its logit is the crop's one pixel. */
function manualEngine() {
  const waiting: (() => void)[] = [];
  const sizes: number[] = [];
  const run = ({ pixels, count }: CropBatch) =>
    new Promise<BatchOutput>((resolve) => {
      sizes.push(count);
      const output = { logits: Float32Array.from(pixels), features: new Float32Array() };
      waiting.push(() => resolve(output));
    });
  const finish = async () => {
    waiting.shift()?.();
    await new Promise(setImmediate);
  };
  return { run, sizes, finish };
}

const options = { maxBatchSize: 4, cropBytes: 1, classCount: 1 };
const crop = (value: number) => Uint8Array.of(value);

describe('Batcher', () => {
  it('runs a lone crop at once, and gathers while the engine is busy', async () => {
    const { run, sizes, finish } = manualEngine();
    const batcher = new Batcher({ ...options, run });
    const answers = [0, 1, 2, 3, 4, 5, 6].map((value) => batcher.submit(crop(value)));
    expect(sizes).toEqual([1]);
    await finish();
    expect(sizes).toEqual([1, 4]);
    await finish();
    expect(sizes).toEqual([1, 4, 2]);
    await finish();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6].map((value) => Float32Array.of(value)));
  });

  it('drops a crop whose client left before its batch formed', async () => {
    const { run, sizes, finish } = manualEngine();
    const batcher = new Batcher({ ...options, run });
    const controller = new AbortController();
    const first = batcher.submit(crop(1));
    const gone = expect(batcher.submit(crop(2), controller.signal)).rejects.toThrow('gone');
    const last = batcher.submit(crop(3));
    controller.abort(new Error('gone'));
    await finish();
    await gone;
    await finish();
    expect(sizes).toEqual([1, 1]);
    expect([await first, await last]).toEqual([Float32Array.of(1), Float32Array.of(3)]);
  });

  it('fails only the batch that failed', async () => {
    let runs = 0;
    const batcher = new Batcher({
      ...options,
      run: async ({ pixels }) => {
        runs += 1;
        if (runs === 1) throw new Error('out of memory');
        return { logits: Float32Array.from(pixels), features: new Float32Array() };
      },
    });
    const [first, second] = [batcher.submit(crop(1)), batcher.submit(crop(2))];
    await expect(first).rejects.toThrow('out of memory');
    expect(await second).toEqual(Float32Array.of(2));
  });

  it('tells of every batch', async () => {
    const { run, finish } = manualEngine();
    const told: [number, boolean, boolean][] = [];
    const onBatch = (size: number, waitMs: number, inferenceMs: number) =>
      told.push([size, waitMs >= 0, inferenceMs >= 0]);
    const batcher = new Batcher({ ...options, run, onBatch });
    const answers = [1, 2, 3].map((value) => batcher.submit(crop(value)));
    await finish();
    await finish();
    await Promise.all(answers);
    expect(told).toEqual([
      [1, true, true],
      [2, true, true],
    ]);
  });
});
