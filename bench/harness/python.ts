import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_BATCH_SIZE } from './contender.js';
import { cores } from './machine.js';
import type { Model } from './model.js';
import { root } from './paths.js';

/**
 * Python with numpy, onnx and matplotlib: training's.
 *
 * @throws when it is not set up.
 */
export function trainingPython(): string {
  const python = join(root, 'training', '.venv', 'bin', 'python');
  if (!existsSync(python)) throw new Error('this needs numpy, onnx and matplotlib: npm run train:setup');
  return python;
}

/** The environment variables that bench/harness/model.py reads. */
export function pythonEnvironment(model: Model, port = 0): Record<string, string> {
  return {
    PYTHONPATH: join(root, 'bench', 'harness'),
    PYTHONDONTWRITEBYTECODE: '1',
    BENCH_MODEL_DIR: model.folder,
    BENCH_PORT: String(port),
    BENCH_CORES: String(cores),
    BENCH_MAX_BATCH_SIZE: String(MAX_BATCH_SIZE),
  };
}
