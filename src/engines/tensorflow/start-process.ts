import { join } from 'node:path';
import { artifactPath } from '../../registry/artifacts.js';
import type { ModelVersion } from '../../registry/registry.js';
import { blankBatch, checkOutput, outputNames, type SessionOptions } from '../engine.js';
import { ModelProcess } from './model-process.js';
import type { LoadedModel } from './protocol.js';

/** Longest time for a start; on a GPU the first runs of all batch sizes take minutes. */
const START_LIMIT_MS = 600_000;

/** A process that has the model and has run it. */
export interface Started {
  process: ModelProcess;
  loaded: LoadedModel;
  readyAtMs: number;
  durationMs: number;
}

/**
 * Starts a process, loads the model in it and runs it once at each batch size. One that hangs meanwhile is killed.
 *
 * @param closing ends the process, also while it starts.
 */
export async function startProcess(
  { folder, manifest }: ModelVersion,
  { threads, precision, device }: Pick<SessionOptions, 'threads' | 'precision' | 'device'>,
  batchSizes: readonly number[],
  closing?: AbortSignal,
): Promise<Started> {
  const savedModel = artifactPath(manifest, 'tensorflow', precision);
  const { name, width, height, channels } = manifest.input;
  const startMs = performance.now();
  const process = new ModelProcess();
  const end = () => void process.kill();
  closing?.addEventListener('abort', end);
  const limit = setTimeout(end, START_LIMIT_MS).unref();
  try {
    const loaded = await process.call('load', {
      folder: join(folder, savedModel),
      threads,
      device,
      inputName: name,
      cropShape: [height, width, channels],
      outputNames: outputNames(manifest),
    });
    checkOutput(savedModel, manifest, await process.call('run', blankBatch(manifest, 1)));
    for (const count of batchSizes) await process.call('run', blankBatch(manifest, count));
    const readyAtMs = performance.now();
    return { process, loaded, readyAtMs, durationMs: readyAtMs - startMs };
  } catch (error) {
    await process.kill();
    throw error;
  } finally {
    clearTimeout(limit);
    closing?.removeEventListener('abort', end);
  }
}
