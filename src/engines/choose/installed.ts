import { existsSync } from 'node:fs';
import type { Precision } from '../../registry/precision.js';
import type { Settings } from '../../settings/load.js';
import type { EngineName } from '../../vocabulary/engines.js';
import type { Device, EngineOptions, InferenceEngine } from '../engine.js';
import { OnnxRuntimeEngine, version as onnxRuntimeVersion } from '../onnxruntime/adapter.js';
import { TensorFlowEngine } from '../tensorflow/adapter.js';

/** An engine whose library is on this machine. */
export interface InstalledEngine {
  name: EngineName;
  /** `unknown` where only a loaded model tells. */
  version: string;
  precisions: readonly Precision[];
  devices: readonly Device[];
  /** An engine with nothing loaded yet. */
  create(options: EngineOptions): InferenceEngine;
}

/**
 * Looks an engine's library up.
 *
 * @returns undefined where it is not installed.
 * @throws {Error} when it is there and does not load.
 */
export async function findEngine(
  name: EngineName,
  { openvinoDir }: Pick<Settings, 'openvinoDir'>,
): Promise<InstalledEngine | undefined> {
  switch (name) {
    case 'onnxruntime':
      return {
        name,
        version: onnxRuntimeVersion,
        precisions: ['float32', 'int8'],
        devices: ['cpu', 'gpu'],
        create: (options) => new OnnxRuntimeEngine(options),
      };
    case 'openvino':
      return existsSync(openvinoDir) ? openVino(openvinoDir) : undefined;
    case 'tensorflow':
      // Its child process looks the library up.
      return {
        name,
        version: 'unknown',
        precisions: ['float32'],
        devices: ['cpu', 'gpu'],
        create: (options) => new TensorFlowEngine(options),
      };
  }
}

/** Its modules are loaded only where it is installed, since they load a native addon. */
async function openVino(libraryDir: string): Promise<InstalledEngine> {
  const { openLibrary } = await import('../openvino/bindings.js');
  const { OpenVinoEngine } = await import('../openvino/adapter.js');
  const api = openLibrary(libraryDir);
  return {
    name: 'openvino',
    version: api.version,
    precisions: ['float32', 'bfloat16', 'int8'],
    devices: ['cpu'],
    create: (options) => new OpenVinoEngine(options, api),
  };
}
