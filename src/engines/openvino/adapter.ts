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
  type Share,
} from '../engine.js';
import type { OpenVino } from './bindings.js';
import { createCore } from './compile.js';
import { CompiledFiles } from './compiled-files.js';
import { Networks } from './networks.js';

/** Larger batches gain next to nothing, as `npm run bench:openvino -- --sizes 1,4,8,16` shows. */
const BATCH_SIZE = 4;

/**
 * OpenVINO on the CPU. Its own threads run the inference and call back when it ends, so it needs none of ours.
 * (libuv's threads, where koffi's asynchronous calls run, would not do: an inference waits there behind all images
 * that are being decoded.)
 *
 * Two threads with a batch each do more than both with one, so the network is compiled a second time for that
 * (`npm run bench:openvino`).
 */
export class OpenVinoEngine implements InferenceEngine {
  #whole: Networks | undefined;
  /** Where there is more than one thread. */
  #parts: Networks | undefined;
  #manifest: Manifest | undefined;
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly options: EngineOptions,
    private readonly api: OpenVino,
  ) {}

  get concurrency(): number {
    return this.#parts?.concurrency ?? 1;
  }

  get partSize(): number {
    return BATCH_SIZE;
  }

  async load({ folder, manifest }: ModelVersion): Promise<void> {
    const { threads, precision, cacheDir, log } = this.options;
    const { width, height, channels } = manifest.input;
    const onnx = onnxPath(manifest, precision);
    this.#manifest = manifest;
    const options = {
      modelFile: join(folder, onnx),
      modelSha256: manifest.files[onnx]?.sha256 ?? '',
      precision,
      inputName: manifest.input.name,
      cropShape: [height, width, channels] as [number, number, number],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
      files: cacheDir ? await CompiledFiles.open(join(cacheDir, 'openvino'), log) : undefined,
    };
    const load = async (mode: 'latency' | 'throughput', batchSizes: number[]) => {
      const core = createCore(this.api, mode, this.options);
      return Networks.load(this.api, { ...options, core }, batchSizes).finally(() => this.api.freeCore(core));
    };
    const ends = await Promise.allSettled([
      // With parts the whole engine gets fewer crops than there are threads.
      load('latency', threads > 1 && threads <= BATCH_SIZE ? [1] : [1, BATCH_SIZE]),
      threads > 1 ? load('throughput', [1, BATCH_SIZE]) : undefined,
    ]);
    // Beside one that failed too, for `close` to free.
    [this.#whole, this.#parts] = ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
    try {
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
      checkOutput(onnx, manifest, await this.run(blankBatch(manifest, 1)));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Each network once on each of its parts, since it runs batches of all sizes in pieces of these. */
  async warmUp(): Promise<void> {
    const manifest = this.#manifest;
    if (!manifest) throw new Error('no model is loaded');
    for (const count of [1, BATCH_SIZE]) {
      await this.run(blankBatch(manifest, count));
      const parts = Array.from({ length: this.concurrency }, () => blankBatch(manifest, count));
      await Promise.all(parts.map((part) => this.run(part, 'part')));
    }
  }

  ensureAvailable(): void {
    // As onnxruntime: a fault of the native library would end the service's process.
  }

  async run(batch: CropBatch, share: Share = 'whole'): Promise<BatchOutput> {
    const network = (share === 'part' && this.#parts) || this.#whole;
    if (!network) throw new Error('no model is loaded');
    const output = network.infer(batch);
    this.#running.add(output);
    return output.finally(() => this.#running.delete(output));
  }

  describe(): EngineDescription {
    const { threads, precision } = this.options;
    return { name: 'openvino', version: this.api.version, device: 'cpu', threads, precision };
  }

  async close(): Promise<void> {
    const networks = [this.#whole, this.#parts];
    this.#whole = undefined;
    this.#parts = undefined;
    await Promise.allSettled(this.#running);
    for (const network of networks) network?.free();
  }
}
