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
import type { NetworkOptions } from './network.js';

export interface OpenVinoOptions extends EngineOptions {
  /** Folder of OpenVINO's libraries, and their version. */
  libraryDir: string;
  version: string;
}

/**
 * OpenVINO on the CPU, in a worker thread, since its inference blocks the thread it is called on. (libuv's threads,
 * on which koffi's asynchronous calls run, would not do: there an inference waits behind the images being decoded.)
 */
export class OpenVinoEngine implements InferenceEngine {
  #pool: Piscina | undefined;
  #manifest: Manifest | undefined;

  constructor(private readonly options: OpenVinoOptions) {}

  async load({ folder, manifest }: ModelVersion): Promise<void> {
    const { threads, precision, libraryDir } = this.options;
    const { width, height, channels } = manifest.input;
    const onnx = onnxPath(manifest, precision);
    const options: NetworkOptions & { libraryDir: string } = {
      libraryDir,
      modelFile: join(folder, onnx),
      precision,
      threads,
      inputName: manifest.input.name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    };
    this.#manifest = manifest;
    this.#pool = new Piscina({
      // The worker is beside this file, compiled or not.
      filename: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
      minThreads: 1,
      maxThreads: 1,
    });
    try {
      await this.#pool.run(options, { name: 'load' });
      checkOutput(onnx, manifest, await this.run(blankBatch(manifest, 1)));
    } catch (error) {
      await this.close();
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
    const { version, threads, precision } = this.options;
    return { name: 'openvino', version, device: 'cpu', threads, precision };
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    // After the batch that runs.
    await pool?.run(undefined, { name: 'free' });
    await pool?.close();
  }
}
