import type { Manifest } from '../../registry/manifest.js';
import type { ModelVersion } from '../../registry/registry.js';
import { blankBatch, type EngineLog, type Session } from '../engine.js';
import type { Candidate } from './candidates.js';
import type { ChoiceCache, Measurement } from './choice-cache.js';
import { closeQuietly, passOver, type Startable, type StartOptions, startOn } from './start-options.js';

/** How long a candidate is measured, and at least how many batches. */
const MEASURE_MS = 500;
const MEASURE_BATCHES = 3;
/** So much faster another way must be to be worth an exchange; less may be the machine's mood. */
const CLEARLY = 1.1;

interface Measured<T> {
  candidate: Candidate;
  started: T;
  cropsPerS: number;
}

/**
 * Measures the candidate that runs, and starts and measures each of the others beside it, one after the other. Keeps
 * the figures.
 *
 * @param current stays open.
 * @param idle is awaited before each start and each batch.
 * @returns one that is clearly faster, started; undefined where there is none.
 * @throws the signal's reason when it is aborted; nothing but `current` stays open then.
 */
export async function measureAll<T extends Startable>(
  model: ModelVersion,
  current: { candidate: Candidate; started: T },
  candidates: readonly Candidate[],
  cache: ChoiceCache,
  options: StartOptions<T>,
  idle: () => Promise<void>,
): Promise<T | undefined> {
  const { log, signal } = options;
  const measured: Measurement[] = [];
  let fastest: Measured<T> | undefined;
  const close = async (one: T | undefined) => {
    if (one !== current.started) await closeQuietly(one, log);
  };
  for (const candidate of candidates) {
    let started: T | undefined;
    try {
      await idle();
      started =
        candidate === current.candidate ? current.started : await startOn(model, candidate, options, false);
      const cropsPerS = await measure(started.session, model.manifest, options.settings.maxBatchSize, idle);
      measured.push({ engine: candidate.engine, precision: candidate.precision, cropsPerS });
      const faster = !fastest || cropsPerS > fastest.cropsPerS;
      await close(faster ? fastest?.started : started);
      if (faster) fastest = { candidate, started, cropsPerS };
    } catch (error) {
      await close(started);
      if (signal?.aborted) break;
      passOver(error, candidate, log);
    }
  }
  if (signal?.aborted) {
    await close(fastest?.started);
    throw signal.reason;
  }
  if (!fastest) return undefined;
  await keep(measured, cache, log);
  const ofCurrent = measured.find(
    ({ engine, precision }) =>
      engine === current.candidate.engine && precision === current.candidate.precision,
  );
  if (fastest.started !== current.started && fastest.cropsPerS > CLEARLY * (ofCurrent?.cropsPerS ?? 0)) {
    return fastest.started;
  }
  await close(fastest.started);
  return undefined;
}

async function keep(measured: Measurement[], cache: ChoiceCache, log: EngineLog): Promise<void> {
  measured.sort((a, b) => b.cropsPerS - a.cropsPerS);
  const kept = await cache.write(measured).then(
    () => `kept in ${cache.file}`,
    (error: Error) => {
      log.warn(error, 'the choice of the engine is not kept');
      return 'not kept';
    },
  );
  const [fastest] = measured;
  const source = `measured now, ${kept}`;
  log.info({ measured, source }, `engine chosen: ${fastest?.engine} ${fastest?.precision}, the fastest`);
}

/**
 * Crops per second in the fastest of some full batches, which disturbs from other processes least; one batch for
 * each part that the engine has.
 */
async function measure(
  session: Session,
  manifest: Manifest,
  batchSize: number,
  idle: () => Promise<void>,
): Promise<number> {
  const { concurrency } = session;
  const durationsMs: number[] = [];
  const endMs = performance.now() + MEASURE_MS;
  while (durationsMs.length < MEASURE_BATCHES || performance.now() < endMs) {
    await idle();
    const batches = Array.from({ length: concurrency }, () => blankBatch(manifest, batchSize));
    const startMs = performance.now();
    await Promise.all(batches.map((batch) => session.run(batch, concurrency > 1 ? 'part' : 'whole')));
    durationsMs.push(performance.now() - startMs);
  }
  return ((concurrency * batchSize) / Math.min(...durationsMs)) * 1000;
}
