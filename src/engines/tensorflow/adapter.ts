import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../../errors/problem.js';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import {
  type BatchOutput,
  blankBatch,
  type CropBatch,
  checkOutput,
  type EngineDescription,
  type EngineOptions,
  type InferenceEngine,
} from '../engine.js';
import { ModelProcess, ProcessEnded } from './model-process.js';
import type { LoadedModel, LoadOptions } from './protocol.js';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that ran for so long did not die of how it was started. */
const STABLE_MS = 60_000;

/**
 * tfjs-node in a child process, since `predict` blocks its thread, and a fault in it or the lack of memory should
 * end no more than that. A process that dies is started again, with growing delays.
 */
export class TensorFlowEngine implements InferenceEngine {
  #manifest: Manifest | undefined;
  #batchSizes: readonly number[] = [];
  #loaded: LoadedModel | undefined;
  /** The newest process, in whatever state. */
  #process: ModelProcess | undefined;
  /** The same once it can run the model, until it dies. */
  #ready: ModelProcess | undefined;
  #readyAtMs = 0;
  #startDurationMs = 0;
  /** Starts since a process was stable. */
  #restarts = 0;
  readonly #running = new Set<Promise<BatchOutput>>();
  readonly #closing = new AbortController();

  constructor(private readonly options: EngineOptions) {}

  async load(model: ModelVersion): Promise<void> {
    this.#manifest = model.manifest;
    await this.#start(model);
    if (this.options.device === 'auto' && this.describe().device === 'cpu') {
      this.options.log.info('no GPU for the model; it runs on the CPU');
    }
  }

  async warmUp(batchSizes: readonly number[]): Promise<void> {
    if (!this.#manifest || !this.#ready) throw new Error('no model is loaded');
    this.#batchSizes = batchSizes;
    await runBlanks(this.#ready, this.#manifest, batchSizes);
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

  describe(): EngineDescription {
    const { version, device } = this.#loaded ?? { version: 'not loaded', device: 'cpu' };
    const { threads, precision } = this.options;
    return { name: 'tensorflow', version, device, threads, precision };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#closing.abort();
    await this.#process?.kill();
  }

  /** Starts a process, loads the model in it and runs it once at each batch size that is known by now. */
  async #start(model: ModelVersion): Promise<void> {
    this.#closing.signal.throwIfAborted();
    const startMs = performance.now();
    const process = new ModelProcess();
    this.#process = process;
    try {
      this.#loaded = await process.call('load', this.#loadOptions(model));
      const { manifest } = model;
      checkOutput(manifest.savedModel, manifest, await process.call('run', blankBatch(manifest, 1)));
      await runBlanks(process, manifest, this.#batchSizes);
    } catch (error) {
      await process.kill();
      throw error;
    }
    this.#readyAtMs = performance.now();
    this.#startDurationMs = this.#readyAtMs - startMs;
    this.#ready = process;
    void process.ended.then((end) => this.#restart(model, end));
  }

  async #restart(model: ModelVersion, end: Error): Promise<void> {
    this.#ready = undefined;
    if (performance.now() - this.#readyAtMs > STABLE_MS) this.#restarts = 0;
    let reason = end.message;
    while (!this.#closing.signal.aborted) {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#restarts, LONGEST_DELAY_MS);
      this.#restarts += 1;
      this.options.log.warn({ reason, delayMs }, "the model's process died; it is started again");
      try {
        await setTimeout(delayMs, undefined, { signal: this.#closing.signal });
        await this.#start(model);
        this.options.log.info({ engine: this.describe() }, 'model ready again');
        return;
      } catch (error) {
        reason = (error as Error).message;
      }
    }
  }

  #loadOptions({ folder, manifest }: ModelVersion): LoadOptions {
    const { name, width, height, channels } = manifest.input;
    return {
      folder: join(folder, manifest.savedModel),
      threads: this.options.threads,
      // Once on a device it stays there, as the metric says.
      device: this.#loaded?.device ?? this.options.device,
      inputName: name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    };
  }

  #unavailable(cause?: Error): ServiceError {
    return new ServiceError('engine_unavailable', "The model's process died and is being started again.", {
      cause,
      retryAfterS: Math.ceil(this.#startDurationMs / 1000),
    });
  }
}

async function runBlanks(
  process: ModelProcess,
  manifest: Manifest,
  counts: readonly number[],
): Promise<void> {
  for (const count of counts) await process.call('run', blankBatch(manifest, count));
}
