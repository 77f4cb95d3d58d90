import type { BatchOutput, CropBatch } from '../engines/engine.js';

export interface BatcherOptions {
  maxBatchSize: number;
  /** Bytes of one crop after preprocessing. */
  cropBytes: number;
  classCount: number;
  run: (batch: CropBatch) => Promise<BatchOutput>;
  /** Told of every batch: its size, the wait of its oldest crop, and the inference's duration. */
  onBatch?: (size: number, waitMs: number, inferenceMs: number) => void;
}

interface Entry {
  pixels: Uint8Array;
  signal: AbortSignal | undefined;
  queuedAtMs: number;
  resolve: (logits: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Forms batches while the engine is busy: when it is free, it takes all that waits, up to the largest batch.
 * There is no timer, so a crop on an idle service runs at once. The queue's bound is the admission's.
 */
export class Batcher {
  readonly #queue: Entry[] = [];
  #busy = false;

  constructor(private readonly options: BatcherOptions) {}

  /**
   * Queues one crop, uint8 (height, width, 3).
   *
   * @param signal drops the crop if it is aborted before its batch forms.
   * @returns its logits, float32 (classes).
   */
  submit(pixels: Uint8Array, signal?: AbortSignal): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ pixels, signal, queuedAtMs: performance.now(), resolve, reject });
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#runBatch(batch);
    this.#busy = false;
  }

  #take(): Entry[] {
    const batch: Entry[] = [];
    while (batch.length < this.options.maxBatchSize) {
      const entry = this.#queue.shift();
      if (!entry) break;
      if (entry.signal?.aborted) entry.reject(entry.signal.reason);
      else batch.push(entry);
    }
    return batch;
  }

  async #runBatch(batch: Entry[]): Promise<void> {
    const { cropBytes, classCount, run, onBatch } = this.options;
    const startMs = performance.now();
    const waitMs = startMs - Math.min(...batch.map((entry) => entry.queuedAtMs));
    try {
      const pixels = new Uint8Array(batch.length * cropBytes);
      batch.forEach((entry, index) => {
        pixels.set(entry.pixels, index * cropBytes);
      });
      const { logits } = await run({ pixels, count: batch.length });
      onBatch?.(batch.length, waitMs, performance.now() - startMs);
      batch.forEach((entry, index) => {
        entry.resolve(logits.subarray(index * classCount, (index + 1) * classCount));
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }
}
