import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../../errors/problem.js';
import { artifactPath } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import {
  type BatchOutput,
  blankBatch,
  type CropBatch,
  checkOutput,
  type Device,
  type Engine,
  type EngineDescription,
  type Session,
  type SessionOptions,
} from '../engine.js';
import { ModelProcess, ProcessEnded } from './model-process.js';
import type { LoadedModel } from './protocol.js';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that ran for so long did not die of how it was started. */
const STABLE_MS = 60_000;

/** tfjs-node; the child process looks the library up. */
export const tensorFlow: Engine = {
  name: 'tensorflow',
  version: 'unknown',
  precisions: ['float32'],
  devices: ['cpu', 'gpu'],
  async load(model, options) {
    const session = new TensorFlowSession(model, options, await startProcess(model, options, []));
    if (options.device === 'auto' && session.description.device === 'cpu') {
      options.log.info('no GPU for the model; it runs on the CPU');
    }
    return session;
  },
};

/** A process that has the model and has run it. */
interface Started {
  process: ModelProcess;
  loaded: LoadedModel;
  readyAtMs: number;
  durationMs: number;
}

/**
 * tfjs-node in a child process, since `predict` blocks its thread, and a fault in it or the lack of memory should
 * end no more than that. A process that dies is started again, with growing delays.
 */
class TensorFlowSession implements Session {
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
    this.#use(started);
  }

  async warmUp(batchSizes: readonly number[]): Promise<void> {
    this.#batchSizes = batchSizes;
    await runBlanks(this.#started.process, this.model.manifest, batchSizes);
  }

  ensureAvailable(): void {
    if (!this.#ready) throw this.#unavailable();
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    if (!this.#ready) throw this.#unavailable();
    const running = this.#ready.call('run', batch);
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
    this.#closing.abort();
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
    const options = { ...this.options, device: this.description.device };
    let reason = end.message;
    while (!signal.aborted) {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#restarts, LONGEST_DELAY_MS);
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

/**
 * Starts a process, loads the model in it and runs it once at each batch size.
 *
 * @param closing ends the process, also while it starts.
 */
async function startProcess(
  { folder, manifest }: ModelVersion,
  { threads, precision, device }: Pick<SessionOptions, 'threads' | 'precision'> & { device: Device | 'auto' },
  batchSizes: readonly number[],
  closing?: AbortSignal,
): Promise<Started> {
  const savedModel = artifactPath(manifest, 'tensorflow', precision);
  const { name, width, height, channels } = manifest.input;
  const startMs = performance.now();
  const process = new ModelProcess();
  const end = () => void process.kill();
  closing?.addEventListener('abort', end);
  try {
    const loaded = await process.call('load', {
      folder: join(folder, savedModel),
      threads,
      device,
      inputName: name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    });
    checkOutput(savedModel, manifest, await process.call('run', blankBatch(manifest, 1)));
    await runBlanks(process, manifest, batchSizes);
    const readyAtMs = performance.now();
    return { process, loaded, readyAtMs, durationMs: readyAtMs - startMs };
  } catch (error) {
    await process.kill();
    throw error;
  } finally {
    closing?.removeEventListener('abort', end);
  }
}

async function runBlanks(
  process: ModelProcess,
  manifest: Manifest,
  counts: readonly number[],
): Promise<void> {
  for (const count of counts) await process.call('run', blankBatch(manifest, count));
}
