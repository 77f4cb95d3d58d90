import { ServiceError } from '../errors/problem.js';
import { type Metrics, secondsSince } from '../metrics/metrics.js';
import type { Admission } from './admission.js';
import type { Classification, Classifier } from './classifier.js';
import type { Upload } from './uploads.js';

/** What became of one file: its classification, or the error that it alone caused. */
export type Outcome = { index: number; filename?: string } & (Classification | { error: ServiceError });

export interface ClassifyUploadsOptions {
  classifier: Classifier;
  admission: Admission;
  metrics: Metrics;
  maxFileBytes: number;
  signal: AbortSignal;
}

/**
 * Classifies the files of one request as they arrive and gives the outcomes in their order.
 *
 * Each crop needs a permit. A request that holds permits already waits for one of its own crops to finish,
 * which slows its upload down; one that holds none is refused at once.
 *
 * @throws {ServiceError} no_file, overloaded, engine_unavailable, or what the uploads throw.
 */
export async function classifyUploads(
  files: AsyncIterable<Upload>,
  options: ClassifyUploadsOptions,
): Promise<Outcome[]> {
  const { admission, metrics, signal } = options;
  const outcomes: Promise<Outcome>[] = [];
  const running = new Set<Promise<Outcome>>();
  try {
    let readStartMs = performance.now();
    for await (const file of files) {
      metrics.stageDurationSeconds.observe({ stage: 'read' }, secondsSince(readStartMs));
      signal.throwIfAborted();
      await acquire(admission, running);
      const outcome = classifyOne(outcomes.length, file, options).finally(() => {
        admission.release();
        running.delete(outcome);
      });
      // A failure is seen by Promise.all below; until then it must not count as unhandled.
      outcome.catch(() => {});
      outcomes.push(outcome);
      running.add(outcome);
      readStartMs = performance.now();
    }
    if (outcomes.length === 0) throw new ServiceError('no_file', 'The request has no image.');
    return await Promise.all(outcomes);
  } finally {
    await Promise.allSettled(outcomes);
  }
}

async function acquire(admission: Admission, running: Set<Promise<Outcome>>): Promise<void> {
  while (!admission.tryAcquire()) {
    if (running.size === 0) {
      throw new ServiceError('overloaded', `${admission.limit} images are in work already.`, {
        retryAfterS: 1,
      });
    }
    await Promise.race(running);
  }
}

/** Errors of the file itself become its outcome; any other one fails the request. */
async function classifyOne(
  index: number,
  { filename, content, truncated }: Upload,
  { classifier, maxFileBytes, signal }: ClassifyUploadsOptions,
): Promise<Outcome> {
  const place = { index, ...(filename !== undefined && { filename }) };
  try {
    if (truncated) throw new ServiceError('file_too_large', `The file has more than ${maxFileBytes} bytes.`);
    return { ...place, ...(await classifier.classify(content, signal)) };
  } catch (error) {
    if (error instanceof ServiceError && !error.isFaultOfService) return { ...place, error };
    throw error;
  }
}
