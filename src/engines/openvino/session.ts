import type { Manifest } from '../../registry/manifest.js';
import { AnswerWatch } from '../answer-watch.js';
import {
  type BatchOutput,
  type CropBatch,
  type EngineDescription,
  type EngineLog,
  type Session,
  type Share,
  tryBlanks,
} from '../engine.js';
import type { Networks } from './networks.js';

/** Larger batches gain next to nothing, as `npm run bench:compare-engines -- --sizes 1,4,8,16` shows. */
export const BATCH_SIZE = 4;

/** Networks for one model. They run in OpenVINO's threads. */
export class OpenVinoSession implements Session {
  readonly concurrency: number;
  readonly partSize = BATCH_SIZE;
  readonly #watch: AnswerWatch;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(
    readonly description: EngineDescription,
    private readonly manifest: Manifest,
    private readonly whole: Networks,
    /** Where there is more than one thread. */
    private readonly parts: Networks | undefined,
    log: EngineLog,
  ) {
    this.#watch = new AnswerWatch(log);
    this.concurrency = parts?.concurrency ?? 1;
  }

  /** Each network once on each of its parts, since it runs batches of all sizes in pieces of these. */
  async warmUp(_batchSizes: readonly number[], tryRun = tryBlanks(this, this.manifest)): Promise<void> {
    for (const count of [1, BATCH_SIZE]) {
      if (this.whole.sizes.includes(count)) await tryRun(count, 'whole');
      await Promise.all(Array.from({ length: this.concurrency }, () => tryRun(count, 'part')));
    }
  }

  ensureAvailable(): void {
    // As onnxruntime: a fault of the native library would end the service's process.
    this.#watch.ensureAnswers();
  }

  async run(batch: CropBatch, share: Share = 'whole'): Promise<BatchOutput> {
    // Its memory may be freed.
    if (this.#closed) throw new Error('the session is closed');
    const network = (share === 'part' && this.parts) || this.whole;
    const output = this.#watch.watch(batch.count, network.infer(batch));
    this.#running.add(output);
    return output.finally(() => this.#running.delete(output));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#running);
    this.whole.free();
    this.parts?.free();
  }
}
