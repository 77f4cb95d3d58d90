import { join } from 'node:path';
import { artifactPath, artifactSha256 } from '../../registry/artifacts.js';
import type { ModelVersion } from '../../registry/registry.js';
import {
  blankBatch,
  checkOutput,
  type Engine,
  outputNames,
  type Session,
  type SessionOptions,
} from '../engine.js';
import type { OpenVino } from './bindings.js';
import { createCore } from './compile.js';
import { CompiledFiles } from './compiled-files.js';
import { Networks } from './networks.js';
import { BATCH_SIZE, OpenVinoSession } from './session.js';

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
    modelSha256: artifactSha256(manifest, onnx),
    precision,
    inputName: manifest.input.name,
    cropShape: [height, width, channels] as [number, number, number],
    outputNames: outputNames(manifest),
    files: cacheDir ? await CompiledFiles.open(cacheDir, log) : undefined,
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
  const session = new OpenVinoSession(description, manifest, whole, parts, log);
  try {
    checkOutput(onnx, manifest, await session.run(blankBatch(manifest, 1)));
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}
