import { extname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ServiceError } from '../../errors/problem.js';
import { isThreadDeath } from '../../errors/thread-death.js';
import type { BatchOutput, CropBatch, EngineLog } from '../engine.js';
import { restartDelayMs } from '../restart-delay.js';
import type { WorkerOptions } from './worker.js';

type Pool = Piscina<CropBatch, BatchOutput>;

/** The thread that runs the model. One that dies is started again, with growing delays while that fails. */
export class EngineThread {
  #pool: Pool;
  /** How long the model took to load and run. */
  #startMs = 0;
  #alive = false;
  #restarting: Promise<void> | undefined;
  readonly #closing = new AbortController();

  private constructor(
    private readonly options: WorkerOptions,
    /** Runs the model once, and throws if what it says is no output of it. */
    private readonly tryOn: (run: EngineThread['run']) => Promise<void>,
    private readonly log: EngineLog,
  ) {
    this.#pool = this.#newPool();
  }

  /** @throws what the model's load or its first run ends with; nothing stays open then. */
  static async start(
    options: WorkerOptions,
    tryOn: (run: EngineThread['run']) => Promise<void>,
    log: EngineLog,
  ): Promise<EngineThread> {
    const thread = new EngineThread(options, tryOn, log);
    try {
      await thread.#tryPool();
      return thread;
    } catch (error) {
      thread.#closing.abort();
      await thread.#pool.destroy();
      throw error;
    }
  }

  /** @throws {ServiceError} engine_unavailable while a thread that died is started again. */
  ensureAlive(): void {
    if (!this.#alive) throw this.#unavailable();
  }

  /** Takes the batch's memory over. Rejects with engine_unavailable if the thread dies, or has died. */
  async run(batch: CropBatch): Promise<BatchOutput> {
    this.ensureAlive();
    try {
      return await runIn(this.#pool, batch);
    } catch (error) {
      throw isThreadDeath(error) ? this.#unavailable(error) : error;
    }
  }

  /** Lets a running batch or a load finish: ending the thread within one would abort the process. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#restarting;
    await this.#pool.close();
  }

  #newPool(): Pool {
    const pool: Pool = new Piscina({
      // The worker is beside this file, compiled or not.
      filename: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
      workerData: this.options,
      minThreads: 1,
      maxThreads: 1,
    });
    // What fails while nothing runs; the thread's end tells of it.
    pool.on('error', () => {});
    pool.once('workerDestroy', () => {
      const died = this.#alive && !this.#closing.signal.aborted;
      this.#alive = false;
      // Now, before the pool starts a thread by itself, of which nobody would know when it has the model.
      void pool.destroy();
      if (died) this.#restarting = this.#restart();
    });
    return pool;
  }

  async #tryPool(): Promise<void> {
    const startMs = performance.now();
    const pool = this.#pool;
    await this.tryOn((batch) => runIn(pool, batch));
    this.#startMs = performance.now() - startMs;
    this.#alive = true;
  }

  async #restart(): Promise<void> {
    const { signal } = this.#closing;
    let reason = 'the thread ended';
    for (let starts = 0; !signal.aborted; starts += 1) {
      const delayMs = restartDelayMs(starts);
      this.log.warn({ reason, delayMs }, "the engine's thread died; it is started again");
      try {
        await setTimeout(delayMs, undefined, { signal });
        this.#pool = this.#newPool();
        await this.#tryPool();
        this.log.info({ durationMs: Math.round(this.#startMs) }, "the engine's thread is ready again");
        return;
      } catch (error) {
        reason = (error as Error).message;
        if (!signal.aborted) await this.#pool.destroy();
      }
    }
  }

  #unavailable(cause?: unknown): ServiceError {
    return new ServiceError('engine_unavailable', "The engine's thread died and is being started again.", {
      cause,
      retryAfterS: Math.max(1, Math.ceil(this.#startMs / 1000)),
    });
  }
}

function runIn(pool: Pool, batch: CropBatch): Promise<BatchOutput> {
  return pool.run(batch, { transferList: [batch.pixels.buffer as ArrayBuffer] });
}
