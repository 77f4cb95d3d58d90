import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Assessor } from '../../src/classify/assessor.js';
import { Preprocessor } from '../../src/queues/preprocessor.js';
import { RequestReader } from '../../src/routes/oip/request-reader.js';
import { BYTES_A_TURN } from '../../src/vocabulary/turns.js';
import { bmpFile } from '../support/bmp.js';
import { MAX_PIXELS, spec, tensorOf } from '../support/preprocessing.js';

const DIED = { code: 'worker_died', status: 503, retryAfterS: 1 };

let workers: Worker[] = [];
const keep = (worker: Worker) => workers.push(worker);
beforeEach(() => {
  workers = [];
  process.on('worker', keep);
});
afterEach(() => process.off('worker', keep));

/** Ends the newest thread, once there is one more than so many. */
async function killNext(count: number): Promise<void> {
  await expect.poll(() => workers.length, { interval: 1 }).toBeGreaterThan(count);
  await workers.at(-1)?.terminate();
}

describe('a thread that dies at work', () => {
  it('is worker_died for a BMP; the next one is decoded', async () => {
    const preprocessor = new Preprocessor(spec(), { threads: 1, maxPixels: MAX_PIXELS });
    const large = () =>
      bmpFile({ width: 4096, height: 4096, bits: 8, palette: [[9, 9, 9]], compression: 1, body: [0, 1] });
    await preprocessor.run(large());
    const lost = preprocessor.run(large());
    const refused = expect(lost).rejects.toMatchObject(DIED);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await killNext(0);
    await refused;
    expect(await preprocessor.run(large())).toEqual(await tensorOf(large()));
    expect(workers).toHaveLength(2);
    await preprocessor.close();
  });

  it('is worker_died for the crops that it measures; the next ones are measured', async () => {
    const assessor = new Assessor({ width: 8, height: 8, featureCount: 1, measures: true }, 1);
    const assess = () =>
      assessor.begin(new Uint8Array(8 * 8 * 3).fill(7))({
        logits: new Float32Array(2),
        features: new Float32Array(1),
      });
    const expected = await assess();
    // The pool has not heard of it when it sends the crops.
    void workers[0]?.terminate();
    const lost = await Promise.allSettled([assess(), assess()]);
    for (const { status, reason } of lost as PromiseRejectedResult[])
      expect([status, reason]).toEqual(['rejected', expect.objectContaining(DIED)]);
    expect(await assess()).toEqual(expected);
    await assessor.close();
  });

  it('is worker_died for a JSON body; the next one is read', async () => {
    const reader = new RequestReader();
    const task = () => ({ body: Buffer.alloc(BYTES_A_TURN + 1, ' '), jsonLength: undefined });
    await expect(reader.read(task())).rejects.toMatchObject({ code: 'invalid_request' });
    void workers[0]?.terminate();
    await expect(reader.read(task())).rejects.toMatchObject(DIED);
    await expect(reader.read(task())).rejects.toMatchObject({ code: 'invalid_request' });
    await reader.close();
  });
});
