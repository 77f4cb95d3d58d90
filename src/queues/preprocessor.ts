import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { throwWorkerDied } from '../errors/thread-death.js';
import type { BmpHeader } from '../images/bmp/header.js';
import { type ImageHeader, readHeader } from '../images/header.js';
import { chooseReaders, preprocess } from '../images/preprocess.js';
import type { Reader } from '../images/readers/reader.js';
import type { PreprocessingSpec } from '../images/spec.js';
import type { TurboJpeg } from '../images/turbojpeg.js';
import { FairQueue } from './fair-queue.js';

export interface PreprocessorOptions {
  /** Images in work at a time. */
  threads: number;
  maxPixels: number;
  /** Decodes plain JPEGs; libvips does without it. */
  turboJpeg?: TurboJpeg | undefined;
  /** Told of every image when it was queued, begun and done: readings of performance.now(). */
  onImage?: (times: { queuedAtMs: number; startMs: number; endMs: number }, signal?: AbortSignal) => void;
}

interface Entry {
  encoded: Buffer;
  header: ImageHeader;
  /** In the fair queue: 1 for all but large images. */
  cost: number;
  queuedAtMs: number;
  signal: AbortSignal | undefined;
  resolve: (pixels: Uint8Array) => void;
  reject: (error: unknown) => void;
}

/** The work of an image that costs 1, at most: ten times that of a usual crop, or more. */
const PIXELS_A_COST = 2_000_000;

/**
 * Preprocesses images for one model: so many at a time, one of each request in turn, none on the event loop. A large
 * image costs its request more turns. Large ones leave one thread to the others; while others come, they rest as long as
 * they worked, which leaves the engine its cores.
 */
export class Preprocessor {
  readonly #queue = new FairQueue<Entry>();
  readonly #readers: readonly Reader[];
  readonly #bmpPool: Piscina<{ encoded: Buffer; header: BmpHeader }, Uint8Array>;
  #running = 0;
  /** In work or at rest. */
  #largeSlots = 0;
  #lastSmallMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly spec: PreprocessingSpec,
    private readonly options: PreprocessorOptions,
  ) {
    this.#bmpPool = new Piscina({
      // Compiled or not, as this file is.
      filename: fileURLToPath(new URL(`../images/bmp/worker${extname(import.meta.url)}`, import.meta.url)),
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: 60_000,
    });
    this.#readers = chooseReaders({ decodeBmp: this.#decodeBmp, turboJpeg: options.turboJpeg });
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file; taken over, as its memory may move to another thread.
   * @param signal of the image's request; drops it if it is aborted while it waits.
   * @returns what `preprocess` returns. Rejects as that does.
   */
  async run(encoded: Buffer, signal?: AbortSignal): Promise<Uint8Array> {
    const header = await readHeader(encoded, this.options.maxPixels);
    const cost = Math.max(1, Math.ceil(header.workPixels / PIXELS_A_COST));
    if (cost === 1) this.#lastSmallMs = performance.now();
    return new Promise((resolve, reject) => {
      const queuedAtMs = performance.now();
      this.#queue.push({ encoded, header, cost, queuedAtMs, signal, resolve, reject }, signal);
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
    const mostLarge = Math.max(1, this.options.threads - 1);
    while (!this.busy) {
      const entry = this.#queue.shift(({ cost }) => cost === 1 || this.#largeSlots < mostLarge);
      if (!entry) return;
      void this.#preprocess(entry);
    }
  }

  async #preprocess({ encoded, header, cost, queuedAtMs, signal, resolve, reject }: Entry): Promise<void> {
    this.#running += 1;
    if (cost > 1) this.#largeSlots += 1;
    const startMs = performance.now();
    const [result] = await Promise.allSettled([
      preprocess(encoded, this.spec, this.options.maxPixels, { header, readers: this.#readers }),
    ]);
    // The next image begins before this one goes on, which may depend on `busy`.
    this.#running -= 1;
    if (cost > 1) this.#rest(startMs);
    this.#fill();
    if (result.status === 'fulfilled') resolve(result.value);
    else reject(result.reason);
    this.options.onImage?.({ queuedAtMs, startMs, endMs: performance.now() }, signal);
  }

  /** Frees the slot of a large image that began then. */
  #rest(startMs: number): void {
    const free = () => {
      this.#largeSlots -= 1;
      this.#fill();
    };
    if (this.#lastSmallMs < startMs) free();
    else setTimeout(free, performance.now() - startMs);
  }

  /** In a worker thread, to which the file's memory goes over: copying megabytes would hold the event loop up. */
  readonly #decodeBmp = (encoded: Buffer, header: BmpHeader) => {
    const memory = encoded.buffer as ArrayBuffer;
    const transferList = encoded.length === memory.byteLength ? [memory] : [];
    return this.#bmpPool.run({ encoded, header }, { transferList }).catch(throwWorkerDied);
  };
}
