import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import type { BatchOutput, CropBatch, EngineDescription, InferenceEngine } from '../engine.js';
import type { WorkerOptions } from './worker.js';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

export interface OnnxRuntimeOptions {
  /** Threads of one inference. */
  threads: number;
}

/** onnxruntime-node in a worker thread, since its `run()` blocks the thread it is called on. */
export class OnnxRuntimeEngine implements InferenceEngine {
  #pool: Piscina<CropBatch, BatchOutput> | undefined;
  #cropBytes = 0;

  constructor(private readonly options: OnnxRuntimeOptions) {}

  async load({ folder, manifest }: ModelVersion): Promise<void> {
    const { width, height, channels } = manifest.input;
    this.#cropBytes = width * height * channels;
    const workerOptions: WorkerOptions = {
      modelFile: join(folder, manifest.onnx),
      threads: this.options.threads,
      inputName: manifest.input.name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    };
    const pool = new Piscina<CropBatch, BatchOutput>({
      // The worker is beside this file, compiled or not.
      filename: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
      workerData: workerOptions,
      minThreads: 1,
      maxThreads: 1,
    });
    this.#pool = pool;
    try {
      await this.#checkOutputs(manifest);
    } catch (error) {
      this.#pool = undefined;
      // The pool starts a thread again whose model does not load; nobody waits for that one.
      pool.on('error', () => {});
      await pool.destroy();
      throw error;
    }
  }

  async warmUp(batchSizes: readonly number[]): Promise<void> {
    for (const count of batchSizes) await this.run(this.#blank(count));
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    if (!this.#pool) throw new Error('no model is loaded');
    return this.#pool.run(batch, { transferList: [batch.pixels.buffer as ArrayBuffer] });
  }

  describe(): EngineDescription {
    return { name: 'onnxruntime', version, device: 'cpu', threads: this.options.threads };
  }

  async close(): Promise<void> {
    // Lets a running batch finish: ending its thread within an inference would abort the process.
    await this.#pool?.close();
    this.#pool = undefined;
  }

  async #checkOutputs({ onnx, classes, outputs }: Manifest): Promise<void> {
    const { logits, features } = await this.run(this.#blank(1));
    if (logits.length !== classes.length || features.length !== outputs.featureCount) {
      throw new Error(
        `${onnx} gives ${logits.length} logits and ${features.length} features; its manifest says ` +
          `${classes.length} and ${outputs.featureCount}`,
      );
    }
  }

  #blank(count: number): CropBatch {
    return { pixels: new Uint8Array(count * this.#cropBytes), count };
  }
}
