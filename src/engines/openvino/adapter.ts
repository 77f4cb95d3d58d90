import { join } from 'node:path';
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
import type { OpenVino } from './bindings.js';
import { Network } from './network.js';

/**
 * OpenVINO on the CPU. Its own threads run the inference and call back when it ends, so it needs none of ours.
 * (libuv's threads, where koffi's asynchronous calls run, would not do: an inference waits there behind all images
 * that are being decoded.)
 */
export class OpenVinoEngine implements InferenceEngine {
  #network: Network | undefined;
  #manifest: Manifest | undefined;
  /** Ends with the last batch; rejects never. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: EngineOptions,
    private readonly api: OpenVino,
  ) {}

  async load({ folder, manifest }: ModelVersion): Promise<void> {
    const { threads, precision } = this.options;
    const { width, height, channels } = manifest.input;
    const onnx = onnxPath(manifest, precision);
    this.#manifest = manifest;
    this.#network = await Network.load(this.api, {
      modelFile: join(folder, onnx),
      precision,
      threads,
      inputName: manifest.input.name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    });
    try {
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

  ensureAvailable(): void {
    // As onnxruntime: a fault of the native library would end the service's process.
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    const network = this.#network;
    if (!network) throw new Error('no model is loaded');
    const output = this.#running.then(() => network.infer(batch));
    this.#running = output.catch(() => {});
    return output;
  }

  describe(): EngineDescription {
    const { threads, precision } = this.options;
    return { name: 'openvino', version: this.api.version, device: 'cpu', threads, precision };
  }

  async close(): Promise<void> {
    const network = this.#network;
    this.#network = undefined;
    await this.#running;
    network?.free();
  }
}
