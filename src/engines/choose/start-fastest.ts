import type { Manifest } from '../../registry/manifest.js';
import type { servedPrecisions } from '../../registry/precision.js';
import { ModelRefused, type ModelVersion } from '../../registry/registry.js';
import type { Settings } from '../../settings/load.js';
import { blankBatch, type EngineLog, type InferenceEngine } from '../engine.js';
import { type Candidate, type CandidateSettings, listCandidates } from './candidates.js';
import { ChoiceCache, type Measurement } from './choice-cache.js';

/** How long a candidate is measured, and at least how many batches. */
const MEASURE_MS = 500;
const MEASURE_BATCHES = 3;

/** What runs a model and has an engine; a Classifier is one. */
interface Started {
  readonly engine: InferenceEngine;
  close(): Promise<void>;
}

export interface StartOptions<T extends Started> {
  settings: CandidateSettings & Pick<Settings, 'engineThreads' | 'maxBatchSize' | 'cacheDir' | 'device'>;
  /** Loads, checks and warms the model on an engine; closes the engine if it rejects. */
  start: (engine: InferenceEngine) => Promise<T>;
  log: EngineLog;
  /** Precisions that an engine may use; those that the manifest lets it serve without it. */
  allowedPrecisions?: typeof servedPrecisions;
  /** Ends the measurements. */
  signal?: AbortSignal;
}

/**
 * Starts a model in the way that is fastest on this machine, among those that the settings and its manifest leave.
 * Where there are several, each is started and measured with full batches, once: the figures are kept for the next
 * start. One whose golden outputs differ, or that the processor cannot run, is passed over.
 *
 * @throws {ModelRefused} when none is left, or none starts (the first one's reason).
 */
export async function startFastest<T extends Started>(
  model: ModelVersion,
  options: StartOptions<T>,
): Promise<T> {
  const { settings, log, allowedPrecisions } = options;
  const candidates = await listCandidates(model.manifest, settings, log, allowedPrecisions);
  const [only] = candidates;
  if (only && candidates.length === 1) return startOn(only, options, settings.cacheDir);
  const load = {
    threads: settings.engineThreads,
    batchSize: settings.maxBatchSize,
    device: settings.device,
  };
  const cache = new ChoiceCache(settings.cacheDir, model.manifest, candidates, load);
  const known = await startKnown(candidates, cache, options);
  if (known) return known;
  const { started, measured } = await measureAll(candidates, model.manifest, options);
  await cache
    .write(measured)
    .catch((error: Error) => log.warn(error, 'the choice of the engine is not kept'));
  announce(log, measured, `measured now, kept in ${cache.file}`);
  return started;
}

/** Starts what an earlier start found to be fastest; undefined where there is none or it is refused now. */
async function startKnown<T extends Started>(
  candidates: readonly Candidate[],
  cache: ChoiceCache,
  options: StartOptions<T>,
): Promise<T | undefined> {
  const measured = await cache.read();
  const fastest = candidates.find(
    ({ engine, precision }) => engine.name === measured?.[0]?.engine && precision === measured[0].precision,
  );
  if (!measured || !fastest) return undefined;
  try {
    const started = await startOn(fastest, options, options.settings.cacheDir);
    announce(options.log, measured, `measured at an earlier start, see ${cache.file}`);
    return started;
  } catch (error) {
    passOver(error, fastest, options.log);
    return undefined;
  }
}

async function measureAll<T extends Started>(
  candidates: readonly Candidate[],
  manifest: Manifest,
  options: StartOptions<T>,
): Promise<{ started: T; measured: Measurement[] }> {
  const refusals: unknown[] = [];
  const measured: Measurement[] = [];
  let fastest: { started: T; cropsPerS: number } | undefined;
  for (const candidate of candidates) {
    try {
      options.signal?.throwIfAborted();
      const started = await startOn(candidate, options);
      const cropsPerS = await measure(started.engine, manifest, options.settings.maxBatchSize);
      measured.push({ engine: candidate.engine.name, precision: candidate.precision, cropsPerS });
      const slower = fastest && fastest.cropsPerS >= cropsPerS ? started : fastest?.started;
      if (slower !== started) fastest = { started, cropsPerS };
      await slower?.close();
    } catch (error) {
      passOver(error, candidate, options.log);
      refusals.push(error);
    }
  }
  if (!fastest) throw refusals[0];
  measured.sort((a, b) => b.cropsPerS - a.cropsPerS);
  return { started: fastest.started, measured };
}

/**
 * Crops per second in the fastest of some full batches, which disturbs from other processes least; one batch for
 * each part that the engine has.
 */
async function measure(engine: InferenceEngine, manifest: Manifest, batchSize: number): Promise<number> {
  const { concurrency = 1 } = engine;
  const durationsMs: number[] = [];
  const endMs = performance.now() + MEASURE_MS;
  while (durationsMs.length < MEASURE_BATCHES || performance.now() < endMs) {
    const batches = Array.from({ length: concurrency }, () => blankBatch(manifest, batchSize));
    const startMs = performance.now();
    await Promise.all(batches.map((batch) => engine.run(batch, concurrency > 1 ? 'part' : 'whole')));
    durationsMs.push(performance.now() - startMs);
  }
  return ((concurrency * batchSize) / Math.min(...durationsMs)) * 1000;
}

/** @param cacheDir for one that will be started again; compiled networks are large. */
function startOn<T extends Started>(
  { engine, precision }: Candidate,
  { settings, start, log }: StartOptions<T>,
  cacheDir?: string,
): Promise<T> {
  const { engineThreads: threads, device } = settings;
  return start(engine.create({ threads, device, precision, log, ...(cacheDir && { cacheDir }) }));
}

/** @throws what is no fault of the candidate. */
function passOver(error: unknown, { engine, precision }: Candidate, log: EngineLog): void {
  if (!(error instanceof ModelRefused)) throw error;
  log.warn({ engine: engine.name, precision, reason: error.message }, 'passed over');
}

function announce(log: EngineLog, measured: readonly Measurement[], source: string): void {
  const [fastest] = measured;
  log.info({ measured, source }, `engine chosen: ${fastest?.engine} ${fastest?.precision}, the fastest`);
}
