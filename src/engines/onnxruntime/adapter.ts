import './no-telemetry.js';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { artifactPath } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import { AnswerWatch } from '../answer-watch.js';
import {
  type BatchOutput,
  blankBatch,
  type CropBatch,
  checkOutput,
  type Device,
  type Engine,
  type EngineDescription,
  type EngineLog,
  outputNames,
  type Session,
  type SessionOptions,
  tryBlanks,
  useFullFloat32,
} from '../engine.js';
import { EngineThread } from './engine-thread.js';
import type { WorkerOptions } from './worker.js';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

/** onnxruntime-node in a worker thread, since its `run()` blocks the thread it is called on. */
export const onnxRuntime: Engine = {
  name: 'onnxruntime',
  version,
  precisions: ['float32', 'int8'],
  devices: ['cpu', 'gpu'],
  async load(model, options) {
    if (options.device === 'cpu') return loadOn('cpu', model, options);
    useFullFloat32();
    try {
      return await loadOn('gpu', model, options);
    } catch (error) {
      const reason = `onnxruntime's CUDA provider: ${(error as Error).message}`;
      if (options.device === 'gpu')
        throw new Error(`HEMOSERVE_DEVICE is gpu, but ${reason}`, { cause: error });
      options.log.info({ reason }, 'no GPU for the model; it runs on the CPU');
      return loadOn('cpu', model, options);
    }
  },
};

class OnnxRuntimeSession implements Session {
  readonly concurrency = 1;
  readonly partSize = undefined;
  readonly #watch: AnswerWatch;
  #closed = false;

  constructor(
    readonly description: EngineDescription,
    private readonly manifest: Manifest,
    private readonly thread: EngineThread,
    log: EngineLog,
  ) {
    this.#watch = new AnswerWatch(log);
  }

  async warmUp(batchSizes: readonly number[], tryRun = tryBlanks(this, this.manifest)): Promise<void> {
    for (const count of batchSizes) await tryRun(count, 'whole');
  }

  ensureAvailable(): void {
    this.thread.ensureAlive();
    // A fault of the native library would end the service's process.
    this.#watch.ensureAnswers();
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    if (this.#closed) throw new Error('the session is closed');
    return this.#watch.watch(batch.count, this.thread.run(batch));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.thread.close();
  }
}

async function loadOn(
  device: Device,
  { folder, manifest }: ModelVersion,
  { threads, precision, log }: SessionOptions,
): Promise<Session> {
  const { width, height, channels } = manifest.input;
  const onnx = artifactPath(manifest, 'onnxruntime', precision);
  const workerOptions: WorkerOptions = {
    modelFile: join(folder, onnx),
    device,
    threads,
    inputName: manifest.input.name,
    cropShape: [height, width, channels],
    outputNames: outputNames(manifest),
  };
  const thread = await EngineThread.start(
    workerOptions,
    async (run) => checkOutput(onnx, manifest, await run(blankBatch(manifest, 1))),
    log,
  );
  const description = { name: 'onnxruntime', version, device, threads, precision } as const;
  return new OnnxRuntimeSession(description, manifest, thread, log);
}
