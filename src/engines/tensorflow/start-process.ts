import { join } from 'node:path';
import { artifactPath } from '../../registry/artifacts.js';
import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import { blankBatch, checkOutput, type SessionOptions } from '../engine.js';
import { ModelProcess } from './model-process.js';
import type { LoadedModel } from './protocol.js';

/** A process that has the model and has run it. */
export interface Started {
  process: ModelProcess;
  loaded: LoadedModel;
  readyAtMs: number;
  durationMs: number;
}

/**
 * Starts a process, loads the model in it and runs it once at each batch size.
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
  try {
    const loaded = await process.call('load', {
      folder: join(folder, savedModel),
      threads,
      device,
      inputName: name,
      cropShape: [height, width, channels],
      logitsName: manifest.outputs.logits,
      featuresName: manifest.outputs.features,
    });
    checkOutput(savedModel, manifest, await process.call('run', blankBatch(manifest, 1)));
    await runBlanks(process, manifest, batchSizes);
    const readyAtMs = performance.now();
    return { process, loaded, readyAtMs, durationMs: readyAtMs - startMs };
  } catch (error) {
    await process.kill();
    throw error;
  } finally {
    closing?.removeEventListener('abort', end);
  }
}

/** Runs the model once at each batch size. */
export async function runBlanks(
  process: ModelProcess,
  manifest: Manifest,
  counts: readonly number[],
): Promise<void> {
  for (const count of counts) await process.call('run', blankBatch(manifest, count));
}
