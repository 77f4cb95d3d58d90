import type { Settings } from '../settings/load.js';
import type { EngineLog, EngineOptions, InferenceEngine } from './engine.js';
import { OnnxRuntimeEngine } from './onnxruntime/adapter.js';
import { TensorFlowEngine } from './tensorflow/adapter.js';

/** The engine that the settings name, with nothing loaded yet. */
export function createEngine(settings: Settings, log: EngineLog): InferenceEngine {
  const options: EngineOptions = { threads: settings.engineThreads, device: settings.device, log };
  switch (settings.engine) {
    case 'onnxruntime':
      return new OnnxRuntimeEngine(options);
    case 'tensorflow':
      return new TensorFlowEngine(options);
  }
}
