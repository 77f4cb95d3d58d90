import type { Settings } from '../settings/load.js';
import type { InferenceEngine } from './engine.js';
import { OnnxRuntimeEngine } from './onnxruntime/adapter.js';

/** The engine that the settings name, with nothing loaded yet. */
export function createEngine(settings: Settings): InferenceEngine {
  switch (settings.engine) {
    case 'onnxruntime':
      return new OnnxRuntimeEngine({ threads: settings.engineThreads });
  }
}
