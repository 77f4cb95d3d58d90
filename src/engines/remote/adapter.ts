import { setTimeout } from 'node:timers/promises';
import { ServiceError } from '../../errors/problem.js';
import type { Manifest } from '../../registry/manifest.js';
import { type ModelVersion, modelId } from '../../registry/registry.js';
import type { RemoteModel } from '../../settings/remote.js';
import type { RemoteSettings } from '../../settings/schema.js';
import { PRECISIONS } from '../../vocabulary/precisions.js';
import { blankBatch, checkOutput, type Engine, type SessionOptions } from '../engine.js';
import { RemoteClient } from './client.js';
import { reasonOf } from './faults.js';
import { checkMetadata } from './metadata.js';
import { RemoteSession } from './session.js';

/** How often a start asks a remote engine that is not ready. */
const ASK_MS = 500;
/** Characters of a float32 as JSON, at most, with its comma. */
const FLOAT_CHARACTERS = 32;
/** Crops of a batch, at most (HEMOSERVE_MAX_BATCH_SIZE). */
const MOST_CROPS = 1024;

/**
 * Servers of the Open Inference Protocol v2, over HTTP: Triton, KServe, MLServer, OpenVINO Model Server. They have the
 * network already; the golden outputs show whether it is this version's.
 */
export function remoteEngine(settings: RemoteSettings & { remoteUrl: string }): Engine {
  return {
    name: 'remote',
    version: 'unknown',
    precisions: PRECISIONS,
    // Nobody tells what it runs on, so it cannot promise a GPU.
    devices: ['cpu'],
    load: (model, options) => load(model, options, settings),
  };
}

async function load(
  model: ModelVersion,
  { log, signal, precision }: SessionOptions,
  settings: RemoteSettings & { remoteUrl: string },
): Promise<RemoteSession> {
  const { manifest } = model;
  const { remoteConcurrency: concurrency, remoteTimeoutMs: timeoutMs, remoteTensors } = settings;
  const remote = remoteModelOf(manifest, settings);
  const client = new RemoteClient({
    url: settings.remoteUrl,
    token: settings.remoteToken,
    model: remote,
    timeoutMs,
    // One more, to be asked while all batches run.
    connections: concurrency + 1,
    maxAnswerBytes: MOST_CROPS * FLOAT_CHARACTERS * valuesPerCrop(manifest),
  });
  try {
    await untilReady(client, settings.remoteStartMs, log, signal);
    const { version, takesBytes } = await client.server(signal);
    checkMetadata(manifest, await client.model(signal));
    const asBytes = remoteTensors === 'auto' ? takesBytes : remoteTensors === 'binary';
    const description = { name: 'remote', version, device: 'remote', threads: 0, precision } as const;
    const session = new RemoteSession({
      manifest,
      client,
      description,
      concurrency,
      timeoutMs,
      startTimeoutMs: Math.max(timeoutMs, settings.remoteStartMs),
      asBytes,
      log,
    });
    checkOutput(`the remote model ${remote.name}`, manifest, await session.run(blankBatch(manifest, 1)));
    return session;
  } catch (error) {
    await client.close();
    throw error instanceof ServiceError ? new Error(reasonOf(error), { cause: error }) : error;
  }
}

/** What a version is called there: by its name and number, or by its name. */
function remoteModelOf(manifest: Manifest, { remoteModels }: RemoteSettings): RemoteModel {
  return remoteModels[modelId(manifest)] ?? remoteModels[manifest.name] ?? { name: manifest.name };
}

/** A cluster may start beside this service, and load the model for minutes. */
async function untilReady(
  client: RemoteClient,
  waitMs: number,
  log: SessionOptions['log'],
  signal?: AbortSignal,
): Promise<void> {
  const endMs = performance.now() + waitMs;
  let told = false;
  for (;;) {
    try {
      return await client.ensureReady(signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (performance.now() >= endMs) throw error;
      if (!told) log.warn({ reason: reasonOf(error as Error) }, 'the start waits for the remote engine');
      told = true;
      await setTimeout(ASK_MS, undefined, signal && { signal });
    }
  }
}

function valuesPerCrop({ classes, outputs }: Manifest): number {
  const { width = 0, height = 0 } = outputs.activationMaps ?? {};
  return classes.length + outputs.featureCount + width * height * classes.length;
}
