import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Manifest } from '../../registry/manifest.js';
import { onnxPath } from '../../registry/precision.js';
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
import type { WorkerOptions } from './worker.js';

export const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
  version: string;
};

/** onnxruntime-node in a worker thread, since its `run()` blocks the thread it is called on. */
export class OnnxRuntimeEngine implements InferenceEngine {
  #pool: Piscina<CropBatch, BatchOutput> | undefined;
  #manifest: Manifest | undefined;

  constructor(private readonly options: EngineOptions) {}

  async load({ folder, manifest }: ModelVersion): Promise<void> {
    const { width, height, channels } = manifest.input;
    const onnx = onnxPath(manifest, this.options.precision);
    this.#manifest = manifest;
    const workerOptions: WorkerOptions = {
      modelFile: join(folder, onnx),
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
      checkOutput(onnx, manifest, await this.run(blankBatch(manifest, 1)));
    } catch (error) {
      this.#pool = undefined;
      // The pool starts a thread again whose model does not load; nobody waits for that one.
      pool.on('error', () => {});
      await pool.destroy();
      throw error;
    }
  }

  async warmUp(batchSizes: readonly number[]): Promise<void> {
    if (!this.#manifest) throw new Error('no model is loaded');
    for (const count of batchSizes) await this.run(blankBatch(this.#manifest, count));
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    if (!this.#pool) throw new Error('no model is loaded');
    return this.#pool.run(batch, { transferList: [batch.pixels.buffer as ArrayBuffer] });
  }

  describe(): EngineDescription {
    const { threads, precision } = this.options;
    return { name: 'onnxruntime', version, device: 'cpu', threads, precision };
  }

  async close(): Promise<void> {
    // Lets a running batch finish: ending its thread within an inference would abort the process.
    await this.#pool?.close();
    this.#pool = undefined;
  }
}
