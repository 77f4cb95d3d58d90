import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../../errors/problem.js';
import type { ModelVersion } from '../../registry/registry.js';
import { AnswerWatch } from '../answer-watch.js';
import {
  type BatchOutput,
  type CropBatch,
  type EngineDescription,
  type Session,
  type SessionOptions,
  tryBlanks,
} from '../engine.js';
import { restartDelayMs } from '../restart-delay.js';
import { type ModelProcess, ProcessEnded } from './model-process.js';
import { type Started, startProcess } from './start-process.js';

/** A process that ran for so long did not die of how it was started. */
const STABLE_MS = 60_000;

/**
 * tfjs-node in a child process, since `predict` blocks its thread, and a fault in it or the lack of memory should
 * end no more than that. A process that dies is started again, with growing delays; one that does not answer is killed.
 */
export class TensorFlowSession implements Session {
  readonly description: EngineDescription;
  readonly concurrency = 1;
  readonly partSize = undefined;
  #batchSizes: readonly number[] = [];
  /** The newest one that ran the model. */
  #started: Started;
  /** Its process, until that dies. */
  #ready: ModelProcess | undefined;
  /** Starts since a process was stable. */
  #restarts = 0;
  readonly #watch: AnswerWatch;
  readonly #running = new Set<Promise<BatchOutput>>();
  readonly #closing = new AbortController();
  #restarting: Promise<void> | undefined;

  constructor(
    private readonly model: ModelVersion,
    private readonly options: SessionOptions,
    started: Started,
  ) {
    const { threads, precision } = options;
    this.description = { name: 'tensorflow', ...started.loaded, threads, precision };
    this.#started = started;
    this.#watch = new AnswerWatch(options.log, () => void this.#ready?.kill());
    this.#use(started);
  }

  async warmUp(batchSizes: readonly number[], tryRun = tryBlanks(this, this.model.manifest)): Promise<void> {
    this.#batchSizes = batchSizes;
    for (const count of batchSizes) await tryRun(count, 'whole');
  }

  ensureAvailable(): void {
    if (!this.#ready) throw this.#unavailable();
    this.#watch.ensureAnswers();
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    this.#closing.signal.throwIfAborted();
    if (!this.#ready) throw this.#unavailable();
    const running = this.#watch.watch(batch.count, this.#ready.call('run', batch));
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw error instanceof ProcessEnded ? this.#unavailable(error) : error;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#closing.abort(new Error('the session is closed'));
    await this.#started.process.kill();
    await this.#restarting;
  }

  #use(started: Started): void {
    this.#started = started;
    this.#ready = started.process;
    void started.process.ended.then((end) => {
      this.#restarting = this.#restart(end);
    });
  }

  async #restart(end: Error): Promise<void> {
    this.#ready = undefined;
    if (performance.now() - this.#started.readyAtMs > STABLE_MS) this.#restarts = 0;
    const { signal } = this.#closing;
    // Once on a device it stays there, as the metric says.
    const options = { ...this.options, device: this.#started.loaded.device };
    let reason = end.message;
    while (!signal.aborted) {
      const delayMs = restartDelayMs(this.#restarts);
      this.#restarts += 1;
      this.options.log.warn({ reason, delayMs }, "the model's process died; it is started again");
      try {
        await setTimeout(delayMs, undefined, { signal });
        this.#use(await startProcess(this.model, options, this.#batchSizes, signal));
        if (signal.aborted) await this.#started.process.kill();
        this.options.log.info({ engine: this.description }, 'model ready again');
        return;
      } catch (error) {
        reason = (error as Error).message;
      }
    }
  }

  #unavailable(cause?: Error): ServiceError {
    return new ServiceError('engine_unavailable', "The model's process died and is being started again.", {
      cause,
      retryAfterS: Math.ceil(this.#started.durationMs / 1000),
    });
  }
}
