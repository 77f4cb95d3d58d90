import type { servedPrecisions } from '../../registry/precision.js';
import type { ModelVersion } from '../../registry/registry.js';
import type { Settings } from '../../settings/schema.js';
import type { EngineLog, Session } from '../engine.js';
import type { Candidate, CandidateSettings } from './candidates.js';

/** What runs a model in a session; a Classifier is one. */
export interface Startable {
  readonly session: Session;
  close(): Promise<void>;
}

export interface StartOptions<T extends Startable> {
  settings: CandidateSettings & Pick<Settings, 'engineThreads' | 'maxBatchSize' | 'cacheDir' | 'device'>;
  /** Checks and warms the model in the session that `load` gives; leaves nothing open if it rejects. */
  start: (load: () => Promise<Session>) => Promise<T>;
  log: EngineLog;
  /** Precisions that an engine may use; those that the manifest lets it serve without it. */
  allowedPrecisions?: typeof servedPrecisions;
  /** Ends the start, and the measurements. */
  signal?: AbortSignal;
}

/** @param keep whether what the engine compiles is kept for the next start; compiled networks are large. */
export function startOn<T extends Startable>(
  model: ModelVersion,
  candidate: Candidate,
  { settings, start, log, signal }: StartOptions<T>,
  keep = true,
): Promise<T> {
  const { engineThreads: threads, device, cacheDir } = settings;
  return start(() =>
    candidate.load(model, { threads, device, log, ...(keep && { cacheDir }), ...(signal && { signal }) }),
  );
}

/** A fault while one closes is no reason to give another up. */
export async function closeQuietly(started: Startable | undefined, log: EngineLog): Promise<void> {
  await started?.close().catch((error: Error) => log.warn(error, 'an engine did not close'));
}

export function passOver(error: unknown, { engine, precision }: Candidate, log: EngineLog): void {
  log.warn({ engine, precision, reason: (error as Error).message }, 'passed over');
}
