import { describe, expect, it, vi } from 'vitest';
import type { BatchOutput, CropBatch, Share } from '../../src/engines/engine.js';
import { Batcher, type QueuedCrop } from '../../src/queues/batcher.js';
import { cells } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { startService } from '../support/service.js';

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

const options = { maxBatchSize: 4 };
const crop = (value: number) => Uint8Array.of(value);
const says = (value: number) => ({ logits: Float32Array.of(value), features: new Float32Array() });

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
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6].map(says));
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
    expect([await first, await last]).toEqual([says(1), says(3)]);
  });

  it('drops the crops of a client that left at once, not when their turn comes', async () => {
    const { run } = manualEngine();
    const batcher = new Batcher({ ...options, run });
    void batcher.submit(crop(1));
    const controller = new AbortController();
    const gone = batcher.submit(crop(2), controller.signal);
    controller.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    await expect(batcher.submit(crop(3), controller.signal)).rejects.toThrow('gone');
  });

  it('takes one crop of each request in turn', async () => {
    const { run, finish } = manualEngine();
    const batches: number[][] = [];
    const batcher = new Batcher({
      ...options,
      run: (batch) => {
        batches.push([...batch.pixels]);
        return run(batch);
      },
    });
    const request = () => new AbortController().signal;
    const [large, medium, small] = [request(), request(), request()];
    for (let value = 100; value < 112; value++) void batcher.submit(crop(value), large);
    for (let value = 50; value < 53; value++) void batcher.submit(crop(value), medium);
    void batcher.submit(crop(1), small);
    for (let batch = 0; batch < 5; batch++) await finish();
    expect(batches).toEqual([
      [100],
      [101, 50, 1, 102],
      [51, 103, 52, 104],
      [105, 106, 107, 108],
      [109, 110, 111],
    ]);
  });

  it('waits for a batch to fill where it is told to, and no longer', async () => {
    vi.useFakeTimers();
    try {
      const sizes: number[] = [];
      const run = async ({ pixels, count }: CropBatch) => {
        sizes.push(count);
        return { logits: Float32Array.from(pixels), features: new Float32Array() };
      };
      const batcher = new Batcher({ ...options, run, maxWaitMs: 50 });
      void batcher.submit(crop(1));
      await vi.advanceTimersByTimeAsync(30);
      void batcher.submit(crop(2));
      await vi.advanceTimersByTimeAsync(19);
      expect(sizes).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(sizes).toEqual([2]);
      for (const value of [1, 2, 3, 4, 5]) void batcher.submit(crop(value));
      await vi.advanceTimersByTimeAsync(0);
      expect(sizes).toEqual([2, 4]);
      await vi.advanceTimersByTimeAsync(50);
      expect(sizes).toEqual([2, 4, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets the batch fill while all cores decode, for a short time', async () => {
    vi.useFakeTimers();
    try {
      const { run, sizes, finish } = manualEngine();
      let coresBusy = true;
      const batcher = new Batcher({ ...options, run, coresBusy: () => coresBusy });
      const submit = (count: number) => {
        for (let value = 0; value < count; value++) void batcher.submit(crop(value));
      };
      submit(3);
      expect(sizes).toEqual([]);
      submit(1);
      expect(sizes).toEqual([4]);
      void finish();
      await vi.advanceTimersByTimeAsync(0);
      submit(1);
      await vi.advanceTimersByTimeAsync(49);
      expect(sizes).toEqual([4]);
      await vi.advanceTimersByTimeAsync(1);
      expect(sizes).toEqual([4, 1]);
      void finish();
      await vi.advanceTimersByTimeAsync(0);
      submit(1);
      coresBusy = false;
      submit(1);
      expect(sizes).toEqual([4, 1, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives the engine a next batch for each busy part, where there are crops for a full one', async () => {
    const { run, sizes, finish } = manualEngine();
    const batcher = new Batcher({ ...options, concurrency: 2, partSize: 2, run });
    const submit = (count: number) => {
      for (let value = 0; value < count; value++) void batcher.submit(crop(value));
    };
    submit(1);
    submit(8);
    // None beside a crop on the whole engine.
    expect(sizes.splice(0)).toEqual([1]);
    await finish();
    expect(sizes.splice(0)).toEqual([2, 2, 2, 2]);
    submit(3);
    expect(sizes).toEqual([]);
    await finish();
    expect(sizes.splice(0)).toEqual([2]);
    await finish();
    await finish();
    // The last crop is no full batch: it waits until a part is free.
    expect(sizes).toEqual([]);
    await finish();
    expect(sizes).toEqual([1]);
  });

  it('runs a few crops on the whole engine, and more on its parts', async () => {
    const { run, finish } = manualEngine();
    const batches: [size: number, share: Share][] = [];
    const batcher = new Batcher({
      ...options,
      concurrency: 2,
      run: (batch, share) => {
        batches.push([batch.count, share]);
        return run(batch);
      },
    });
    const submit = (count: number) => {
      for (let value = 0; value < count; value++) void batcher.submit(crop(value));
    };
    submit(1);
    submit(5);
    expect(batches.splice(0)).toEqual([[1, 'whole']]);
    await finish();
    // Shared out evenly.
    expect(batches.splice(0)).toEqual([
      [3, 'part'],
      [2, 'part'],
    ]);
    submit(7);
    await finish();
    // Up to the largest batch where one part is free.
    expect(batches.splice(0)).toEqual([[4, 'part']]);
    await finish();
    expect(batches.splice(0)).toEqual([[3, 'part']]);
    await finish();
    submit(1);
    expect(batches.splice(0)).toEqual([[1, 'part']]);
    await finish();
    await finish();
    submit(1);
    expect(batches).toEqual([[1, 'whole']]);
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
    expect(await second).toEqual(says(2));
  });

  it("tells of every batch, with each crop's own wait", async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { run, finish } = manualEngine();
      const told: [readonly number[], number][] = [];
      const onBatch = (crops: readonly QueuedCrop[], startMs: number, endMs: number) =>
        told.push([crops.map(({ queuedAtMs }) => startMs - queuedAtMs), endMs - startMs]);
      const batcher = new Batcher({ ...options, run, onBatch });
      const answers = [1, 2, 3].map((value) => {
        const answer = batcher.submit(crop(value));
        vi.advanceTimersByTime(10);
        return answer;
      });
      expect(batcher.queueLength).toBe(2);
      await finish();
      expect(batcher.queueLength).toBe(0);
      vi.advanceTimersByTime(5);
      await finish();
      await Promise.all(answers);
      expect(told).toEqual([
        [[0], 30],
        [[20, 10], 5],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the service', () => {
  it('forms fewer batches than there are crops while all decoding threads are busy', async () => {
    const registry = await GeneratedRegistry.withSmallModel();
    const service = await startService({ modelsDir: registry.folder, decodeThreads: 1 });
    try {
      const before = await service.metric('hemoserve_batch_size_count');
      expect((await service.classify(cells())).status).toBe(200);
      expect(await service.metric('hemoserve_batch_size_count')).toBeLessThan(before + cells().length / 2);
    } finally {
      await service.close();
      registry.dispose();
    }
  });
});
