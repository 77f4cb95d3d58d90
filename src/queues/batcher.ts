import type { BatchOutput, CropBatch, Share } from '../engines/engine.js';
import { FairQueue } from './fair-queue.js';
import { joinRows, rowOf } from './rows.js';

export interface BatcherOptions {
  maxBatchSize: number;
  run: (batch: CropBatch, share: Share) => Promise<BatchOutput>;
  /** How long a free engine waits for a batch to fill once a crop is there; 0 without it. */
  maxWaitMs?: number;
  /** Parts of the engine that run a batch each at the same time; 1 without it. */
  concurrency?: number;
  /** Whether the parts are engines of their own: each takes all that waits, and one that is full holds back none. */
  independentParts?: boolean;
  /** Largest batch of a part; `maxBatchSize` without it. */
  partSize?: number;
  /** Whether images are decoded on all cores, so that a batch may fill in no core's time; never without it. */
  coresBusy?: () => boolean;
  /** Told of every batch when its inference began and was done: readings of performance.now(). */
  onBatch?: (crops: readonly QueuedCrop[], startMs: number, endMs: number) => void;
}

/** A crop of a batch. */
export interface QueuedCrop {
  /** A reading of performance.now(). */
  readonly queuedAtMs: number;
  /** By which its request is known. */
  readonly signal: AbortSignal | undefined;
}

/** Batches that each part of the engine has at most: one that runs and one that waits in it. */
const BATCHES_A_PART = 2;

/** Longest wait for decoding: more than a batch of crops takes, less than a few very large images do. */
const MAX_HOLD_MS = 50;

/** What the model says of one crop: its rows of the batch's output. */
export type CropOutput = BatchOutput;

interface Entry extends QueuedCrop {
  pixels: Uint8Array;
  resolve: (output: CropOutput) => void;
  reject: (error: unknown) => void;
}

/**
 * Forms batches while the engine is busy: when it is free, it takes all that waits, up to the largest batch, one
 * crop of each request in turn. While all cores decode, a free engine could only take them away from that, so the
 * batch fills first (docs/decisions/0005-batches-fill-while-all-cores-decode.md). Unless `maxWaitMs` is set, a crop on
 * an idle service runs at once. The queue's bound is the admission's.
 *
 * An engine with parts runs a batch on each while there are crops for all of them, which gives the most crops per
 * second, and fewer crops on the whole of it, which answers them soonest. While all parts are busy, a full batch for
 * each may wait in the engine, so that none idles until this thread hears of a batch's end.
 *
 * Independent parts, of a remote engine, take a batch each as soon as there are crops.
 */
export class Batcher {
  readonly #queue = new FairQueue<Entry>();
  /** Those that the engine has, running or next. */
  #batches = 0;
  /** Since when the queue has not been empty. */
  #queuedSinceMs = 0;
  #wait: NodeJS.Timeout | undefined;

  constructor(private readonly options: BatcherOptions) {}

  /**
   * Queues one crop, uint8 (height, width, 3).
   *
   * @param signal of the crop's request; drops the crop if it is aborted before its batch forms.
   * @returns its logits, float32 (classes), its features, and its activation maps if the model gives them.
   */
  submit(pixels: Uint8Array, signal?: AbortSignal): Promise<CropOutput> {
    return new Promise((resolve, reject) => {
      const queuedAtMs = performance.now();
      if (this.#queue.size === 0) this.#queuedSinceMs = queuedAtMs;
      this.#queue.push({ pixels, queuedAtMs, signal, resolve, reject }, signal);
      this.#fill();
    });
  }

  /** Crops that wait for a batch. */
  get queueLength(): number {
    return this.#queue.size;
  }

  /** Starts batches while the engine is free, or waits for the next one to fill. */
  #fill(): void {
    clearTimeout(this.#wait);
    while (this.#mayStart()) {
      const restMs = this.#queuedSinceMs + this.#patienceMs() - performance.now();
      if (restMs > 0) {
        this.#wait = setTimeout(() => this.#fill(), restMs);
        return;
      }
      this.#start();
    }
  }

  /** How long the next batch may wait to fill. */
  #patienceMs(): number {
    const { maxBatchSize, maxWaitMs = 0, coresBusy } = this.options;
    if (this.#queue.size >= maxBatchSize) return 0;
    const hold = this.#queue.size < this.#partSize && coresBusy?.();
    return Math.max(maxWaitMs, hold ? MAX_HOLD_MS : 0);
  }

  #mayStart(): boolean {
    const { concurrency = 1, independentParts } = this.options;
    if (this.#batches < concurrency) return this.#queue.size > 0;
    if (independentParts) return false;
    return this.#batches < BATCHES_A_PART * concurrency && this.#queue.size >= this.#partSize;
  }

  get #partSize(): number {
    const { maxBatchSize, partSize = maxBatchSize } = this.options;
    return Math.min(maxBatchSize, partSize);
  }

  #start(): void {
    const { maxBatchSize, concurrency = 1, independentParts } = this.options;
    const whole =
      !independentParts && (concurrency === 1 || (this.#batches === 0 && this.#queue.size < concurrency));
    const freeParts = independentParts ? 1 : Math.max(1, concurrency - this.#batches);
    const size = whole ? maxBatchSize : Math.min(this.#partSize, Math.ceil(this.#queue.size / freeParts));
    const batch: Entry[] = [];
    while (batch.length < size) {
      const entry = this.#queue.shift();
      if (!entry) break;
      batch.push(entry);
    }
    if (batch.length === 0) return;
    // Beside one on the whole engine none is started.
    const count = whole ? BATCHES_A_PART * concurrency : 1;
    this.#batches += count;
    void this.#runBatch(batch, whole ? 'whole' : 'part').then(() => {
      this.#batches -= count;
      this.#fill();
    });
  }

  async #runBatch(batch: Entry[], share: Share): Promise<void> {
    const { run, onBatch } = this.options;
    const startMs = performance.now();
    try {
      const pixels = joinRows(
        Uint8Array,
        batch.map((entry) => entry.pixels),
      );
      const output = await run({ pixels, count: batch.length }, share);
      onBatch?.(batch, startMs, performance.now());
      batch.forEach((entry, index) => {
        entry.resolve(outputOf(output, index, batch.length));
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }
}

/** One crop's rows of a batch's output. */
function outputOf(
  { logits, features, activationMaps }: BatchOutput,
  index: number,
  count: number,
): CropOutput {
  return {
    logits: rowOf(logits, index, count),
    features: rowOf(features, index, count),
    ...(activationMaps && { activationMaps: rowOf(activationMaps, index, count) }),
  };
}
