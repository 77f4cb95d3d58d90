import type { Manifest } from '../../registry/manifest.js';
import type { servedPrecisions } from '../../registry/precision.js';
import { ModelRefused, type ModelVersion, modelId } from '../../registry/registry.js';
import type { Settings } from '../../settings/schema.js';
import { blankBatch, type EngineLog, type Session } from '../engine.js';
import { type Candidate, type CandidateSettings, listCandidates } from './candidates.js';
import { ChoiceCache, type Measurement } from './choice-cache.js';

/** How long a candidate is measured, and at least how many batches. */
const MEASURE_MS = 500;
const MEASURE_BATCHES = 3;

/** What runs a model in a session; a Classifier is one. */
interface Started {
  readonly session: Session;
  close(): Promise<void>;
}

export interface StartOptions<T extends Started> {
  settings: CandidateSettings & Pick<Settings, 'engineThreads' | 'maxBatchSize' | 'cacheDir' | 'device'>;
  /** Checks and warms the model in the session that `load` gives; leaves nothing open if it rejects. */
  start: (load: () => Promise<Session>) => Promise<T>;
  log: EngineLog;
  /** Precisions that an engine may use; those that the manifest lets it serve without it. */
  allowedPrecisions?: typeof servedPrecisions;
  /** Ends the measurements. */
  signal?: AbortSignal;
}

/**
 * Starts a model in the way that is fastest on this machine, among those that the settings and its manifest leave.
 * Where there are several, each is started and measured with full batches, once: the figures are kept for the next
 * start. One that does not start or fails in its measurement is passed over, such as one whose golden outputs
 * differ, or that the processor cannot run.
 *
 * @throws {ModelRefused} when none is left, or none starts (the first one's reason).
 * @throws the signal's reason when it is aborted before all are measured; nothing stays open then.
 */
export async function startFastest<T extends Started>(
  model: ModelVersion,
  options: StartOptions<T>,
): Promise<T> {
  const { settings, log, allowedPrecisions } = options;
  const candidates = await listCandidates(model.manifest, settings, log, allowedPrecisions);
  const [only] = candidates;
  if (only && candidates.length === 1) return startOn(model, only, options, settings.cacheDir);
  const load = {
    threads: settings.engineThreads,
    batchSize: settings.maxBatchSize,
    device: settings.device,
  };
  const cache = new ChoiceCache(settings.cacheDir, model.manifest, candidates, load);
  const known = await startKnown(model, candidates, cache, options);
  if (known) return known;
  const { started, measured } = await measureAll(model, candidates, options);
  const kept = await cache.write(measured).then(
    () => `kept in ${cache.file}`,
    (error: Error) => {
      log.warn(error, 'the choice of the engine is not kept');
      return 'not kept';
    },
  );
  announce(log, measured, `measured now, ${kept}`);
  return started;
}

/** Starts what an earlier start found to be fastest; undefined where there is none or it does not start now. */
async function startKnown<T extends Started>(
  model: ModelVersion,
  candidates: readonly Candidate[],
  cache: ChoiceCache,
  options: StartOptions<T>,
): Promise<T | undefined> {
  const measured = await cache.read();
  const fastest = candidates.find(
    ({ engine, precision }) => engine === measured?.[0]?.engine && precision === measured[0].precision,
  );
  if (!measured || !fastest) return undefined;
  try {
    const started = await startOn(model, fastest, options, options.settings.cacheDir);
    announce(options.log, measured, `measured at an earlier start, see ${cache.file}`);
    return started;
  } catch (error) {
    passOver(error, fastest, options.log);
    return undefined;
  }
}

async function measureAll<T extends Started>(
  model: ModelVersion,
  candidates: readonly Candidate[],
  options: StartOptions<T>,
): Promise<{ started: T; measured: Measurement[] }> {
  const { log, signal } = options;
  const refusals: unknown[] = [];
  const measured: Measurement[] = [];
  let fastest: { started: T; cropsPerS: number } | undefined;
  for (const candidate of candidates) {
    if (signal?.aborted) {
      await close(fastest?.started, log);
      throw signal.reason;
    }
    try {
      const current = await startMeasured(model, candidate, options);
      const { engine, precision } = candidate;
      measured.push({ engine, precision, cropsPerS: current.cropsPerS });
      const slower = fastest && fastest.cropsPerS >= current.cropsPerS ? current : fastest;
      if (slower !== current) fastest = current;
      await close(slower?.started, log);
    } catch (error) {
      passOver(error, candidate, log);
      refusals.push(error);
    }
  }
  if (!fastest) throw refused(model, refusals[0]);
  measured.sort((a, b) => b.cropsPerS - a.cropsPerS);
  return { started: fastest.started, measured };
}

/** Rejects, with the model closed, when it does not start or an inference fails. */
async function startMeasured<T extends Started>(
  model: ModelVersion,
  candidate: Candidate,
  options: StartOptions<T>,
): Promise<{ started: T; cropsPerS: number }> {
  const started = await startOn(model, candidate, options);
  try {
    const cropsPerS = await measure(started.session, model.manifest, options.settings.maxBatchSize);
    return { started, cropsPerS };
  } catch (error) {
    await close(started, options.log);
    throw error;
  }
}

/**
 * Crops per second in the fastest of some full batches, which disturbs from other processes least; one batch for
 * each part that the engine has.
 */
async function measure(session: Session, manifest: Manifest, batchSize: number): Promise<number> {
  const { concurrency } = session;
  const durationsMs: number[] = [];
  const endMs = performance.now() + MEASURE_MS;
  while (durationsMs.length < MEASURE_BATCHES || performance.now() < endMs) {
    const batches = Array.from({ length: concurrency }, () => blankBatch(manifest, batchSize));
    const startMs = performance.now();
    await Promise.all(batches.map((batch) => session.run(batch, concurrency > 1 ? 'part' : 'whole')));
    durationsMs.push(performance.now() - startMs);
  }
  return ((concurrency * batchSize) / Math.min(...durationsMs)) * 1000;
}

/** @param cacheDir for one that will be started again; compiled networks are large. */
function startOn<T extends Started>(
  model: ModelVersion,
  candidate: Candidate,
  { settings, start, log }: StartOptions<T>,
  cacheDir?: string,
): Promise<T> {
  const { engineThreads: threads, device } = settings;
  return start(() => candidate.load(model, { threads, device, log, ...(cacheDir && { cacheDir }) }));
}

/** A fault while one closes is no reason to give another up. */
async function close(started: Started | undefined, log: EngineLog): Promise<void> {
  await started?.close().catch((error: Error) => log.warn(error, 'an engine did not close'));
}

function passOver(error: unknown, { engine, precision }: Candidate, log: EngineLog): void {
  log.warn({ engine, precision, reason: (error as Error).message }, 'passed over');
}

function refused({ manifest }: ModelVersion, error: unknown): ModelRefused {
  if (error instanceof ModelRefused) return error;
  return new ModelRefused(modelId(manifest), (error as Error).message, { cause: error });
}

function announce(log: EngineLog, measured: readonly Measurement[], source: string): void {
  const [fastest] = measured;
  log.info({ measured, source }, `engine chosen: ${fastest?.engine} ${fastest?.precision}, the fastest`);
}
