import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type PreprocessingSpec, preprocess } from '../images/preprocess.js';
import { FairQueue } from './fair-queue.js';

export interface PreprocessorOptions {
  /** Images in work at a time. */
  threads: number;
  maxPixels: number;
  /** Told of every image how long it waited and how long its preprocessing took. */
  onImage?: (waitMs: number, durationMs: number) => void;
}

interface Entry {
  encoded: Buffer;
  queuedAtMs: number;
  resolve: (pixels: Uint8Array) => void;
  reject: (error: unknown) => void;
}

/** Preprocesses images for one model: so many at a time, one of each request in turn, none on the event loop. */
export class Preprocessor {
  readonly #queue = new FairQueue<Entry>();
  readonly #bmpPool: Piscina<Buffer, Uint8Array>;
  #running = 0;

  constructor(
    private readonly spec: PreprocessingSpec,
    private readonly options: PreprocessorOptions,
  ) {
    this.#bmpPool = new Piscina<Buffer, Uint8Array>({
      // Compiled or not, as this file is.
      filename: fileURLToPath(new URL(`../images/bmp-worker${extname(import.meta.url)}`, import.meta.url)),
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: 60_000,
    });
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file; taken over, as its memory may move to another thread.
   * @param signal of the image's request; drops it if it is aborted while it waits.
   * @returns what `preprocess` returns. Rejects as that does.
   */
  run(encoded: Buffer, signal?: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ encoded, queuedAtMs: performance.now(), resolve, reject }, signal);
      this.#fill();
    });
  }

  /** Images that wait. */
  get queueLength(): number {
    return this.#queue.size;
  }

  /** Whether as many images are in work as may be. */
  get busy(): boolean {
    return this.#running >= this.options.threads;
  }

  async close(): Promise<void> {
    await this.#bmpPool.close();
  }

  #fill(): void {
    while (!this.busy) {
      const entry = this.#queue.shift();
      if (!entry) return;
      this.#running += 1;
      void this.#preprocess(entry);
    }
  }

  async #preprocess({ encoded, queuedAtMs, resolve, reject }: Entry): Promise<void> {
    const startMs = performance.now();
    const [result] = await Promise.allSettled([
      preprocess(encoded, this.spec, this.options.maxPixels, this.#decodeBmp),
    ]);
    // The next image begins before this one goes on, which may depend on `busy`.
    this.#running -= 1;
    this.#fill();
    if (result.status === 'fulfilled') resolve(result.value);
    else reject(result.reason);
    this.options.onImage?.(startMs - queuedAtMs, performance.now() - startMs);
  }

  /** In a worker thread, to which the file's memory goes over: copying megabytes would hold the event loop up. */
  readonly #decodeBmp = (encoded: Buffer) => {
    const memory = encoded.buffer as ArrayBuffer;
    return this.#bmpPool.run(encoded, { transferList: encoded.length === memory.byteLength ? [memory] : [] });
  };
}
