import { ModelRefused, type ModelVersion, modelId } from '../../registry/registry.js';
import { type Candidate, listCandidates } from './candidates.js';
import { ChoiceCache, type Measurement } from './choice-cache.js';
import { forFirstStart, ownInstructionSet } from './expected-speed.js';
import { measureAll } from './measure.js';
import { closeQuietly, passOver, type Startable, type StartOptions, startOn } from './start-options.js';

/** A model that was started, and how to find out whether another way to run it is faster. */
export interface Start<T> {
  started: T;
  /**
   * Measures every way on this machine, once: the figures are kept for the next start. There where nothing was measured
   * yet.
   *
   * @param idle is awaited before each step, so that nobody is kept waiting for it.
   * @returns the model started in a way that is clearly faster; undefined where there is none.
   * @throws what `idle` throws, or the signal's reason; nothing that it opened stays open then.
   */
  improve?: (idle: () => Promise<void>) => Promise<T | undefined>;
}

/**
 * Starts a model in the way that is fastest on this machine by an earlier measurement, among those that the settings and
 * its manifest leave; else in the one that should be fastest of those that are ready soon. One that does not start is passed
 * over, such as one whose golden outputs differ, or that the processor cannot run.
 *
 * @throws {ModelRefused} when none is left, or none starts (the first one's reason).
 * @throws the signal's reason when it is aborted; nothing stays open then.
 */
export async function startFastest<T extends Startable>(
  model: ModelVersion,
  options: StartOptions<T>,
): Promise<Start<T>> {
  const { settings, log, allowedPrecisions } = options;
  const candidates = await listCandidates(model.manifest, settings, log, allowedPrecisions);
  const [only] = candidates;
  if (only && candidates.length === 1) return { started: await startOn(model, only, options) };
  const { engineThreads: threads, maxBatchSize: batchSize, device, cacheDir } = settings;
  const cache = new ChoiceCache(cacheDir, model.manifest, candidates, { threads, batchSize, device });
  const measured = await cache.read();
  const instructions = ownInstructionSet();
  const order = measured ? byMeasurement(candidates, measured) : forFirstStart(candidates, instructions);
  const { started, candidate } = await startFirst(model, order, options);
  const way = `${candidate.engine} ${candidate.precision}`;
  if (measured) {
    const source = `measured at an earlier start, see ${cache.file}`;
    log.info({ measured, source }, `engine chosen: ${way}, the fastest`);
    return { started };
  }
  log.info(
    { instructions },
    `engine for now: ${way}, the fastest on such processors of those that compile nothing`,
  );
  return {
    started,
    improve: (idle) => measureAll(model, { candidate, started }, candidates, cache, options, idle),
  };
}

async function startFirst<T extends Startable>(
  model: ModelVersion,
  candidates: readonly Candidate[],
  options: StartOptions<T>,
): Promise<{ started: T; candidate: Candidate }> {
  const { log, signal } = options;
  const refusals: unknown[] = [];
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    try {
      const started = await startOn(model, candidate, options);
      if (!signal?.aborted) return { started, candidate };
      await closeQuietly(started, log);
    } catch (error) {
      passOver(error, candidate, log);
      refusals.push(error);
    }
  }
  signal?.throwIfAborted();
  throw refused(model, refusals[0]);
}

/** The fastest first; those that were not measured, as they did not run, last. */
function byMeasurement(candidates: readonly Candidate[], measured: readonly Measurement[]): Candidate[] {
  const place = ({ engine, precision }: Candidate) => {
    const index = measured.findIndex((one) => one.engine === engine && one.precision === precision);
    return index === -1 ? measured.length : index;
  };
  return candidates.toSorted((a, b) => place(a) - place(b));
}

function refused({ manifest }: ModelVersion, error: unknown): ModelRefused {
  if (error instanceof ModelRefused) return error;
  return new ModelRefused(modelId(manifest), (error as Error).message, { cause: error });
}
