import { join } from 'node:path';
import { artifactPath } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import {
  type BatchOutput,
  blankBatch,
  type CropBatch,
  checkOutput,
  type Engine,
  type EngineDescription,
  type Session,
  type SessionOptions,
  type Share,
} from '../engine.js';
import type { OpenVino } from './bindings.js';
import { createCore } from './compile.js';
import { CompiledFiles } from './compiled-files.js';
import { Networks } from './networks.js';

/** Larger batches gain next to nothing, as `npm run bench:compare-engines -- --sizes 1,4,8,16` shows. */
const BATCH_SIZE = 4;

/**
 * OpenVINO on the CPU. Its own threads run the inference and call back when it ends, so it needs none of ours.
 * (libuv's threads, where koffi's asynchronous calls run, would not do: an inference waits there behind all images
 * that are being decoded.)
 */
export function openVinoEngine(api: OpenVino): Engine {
  return {
    name: 'openvino',
    version: api.version,
    precisions: ['float32', 'bfloat16', 'int8'],
    devices: ['cpu'],
    load: (model, options) => loadSession(api, model, options),
  };
}

class OpenVinoSession implements Session {
  readonly concurrency: number;
  readonly partSize = BATCH_SIZE;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(
    readonly description: EngineDescription,
    private readonly manifest: Manifest,
    private readonly whole: Networks,
    /** Where there is more than one thread. */
    private readonly parts: Networks | undefined,
  ) {
    this.concurrency = parts?.concurrency ?? 1;
  }

  /** Each network once on each of its parts, since it runs batches of all sizes in pieces of these. */
  async warmUp(): Promise<void> {
    for (const count of [1, BATCH_SIZE]) {
      await this.run(blankBatch(this.manifest, count));
      const parts = Array.from({ length: this.concurrency }, () => blankBatch(this.manifest, count));
      await Promise.all(parts.map((part) => this.run(part, 'part')));
    }
  }

  ensureAvailable(): void {
    // As onnxruntime: a fault of the native library would end the service's process.
  }

  async run(batch: CropBatch, share: Share = 'whole'): Promise<BatchOutput> {
    // Its memory may be freed.
    if (this.#closed) throw new Error('the session is closed');
    const network = (share === 'part' && this.parts) || this.whole;
    const output = network.infer(batch);
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

/**
 * Two threads with a batch each do more than both with one, so the network is compiled a second time for that
 * (`npm run bench:compare-engines`).
 */
async function loadSession(
  api: OpenVino,
  { folder, manifest }: ModelVersion,
  options: SessionOptions,
): Promise<Session> {
  const { threads, precision, cacheDir, log } = options;
  const { width, height, channels } = manifest.input;
  const onnx = artifactPath(manifest, 'openvino', precision);
  const networkOptions = {
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
    const core = createCore(api, mode, options);
    return Networks.load(api, { ...networkOptions, core }, batchSizes).finally(() => api.freeCore(core));
  };
  const loads = await Promise.allSettled([
    // With parts the whole engine gets fewer crops than there are threads.
    load('latency', threads > 1 && threads <= BATCH_SIZE ? [1] : [1, BATCH_SIZE]),
    threads > 1 ? load('throughput', [1, BATCH_SIZE]) : undefined,
  ]);
  const [whole, parts] = loads.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
  const failed = loads.find((end) => end.status === 'rejected');
  if (failed || !whole) {
    whole?.free();
    parts?.free();
    throw failed?.reason;
  }
  const description = { name: 'openvino', version: api.version, device: 'cpu', threads, precision } as const;
  const session = new OpenVinoSession(description, manifest, whole, parts);
  try {
    checkOutput(onnx, manifest, await session.run(blankBatch(manifest, 1)));
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}
