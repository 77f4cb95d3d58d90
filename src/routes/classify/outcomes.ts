import { Readable } from 'node:stream';
import type { Classification, Classifier } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import type { Admission, Holder, Permit } from '../../queues/admission.js';
import { type Metrics, secondsSince } from '../../telemetry/metrics.js';
import { abortable } from './abortable.js';
import type { Upload } from './uploads.js';

/** What became of one file: its classification, or the error that it alone caused. */
export type Outcome = { index: number; filename?: string } & (Classification | { error: ServiceError });

export interface ClassifyUploadsOptions {
  classifier: Classifier;
  admission: Admission;
  metrics: Metrics;
  /** Most bytes that one file can have. */
  maxFileBytes: number;
  /** Most outcomes that wait to be taken; past it no more files are read. */
  maxOutcomes: number;
  /** Of the request: aborted by the caller when it is over, and here when it fails. */
  abort: AbortController;
  /** Whose request it is, for admission. */
  holder: Holder;
}

/**
 * Classifies the files of one request as they arrive and gives the outcomes in their order.
 *
 * Each file needs a permit before it is read. A request is refused at once if it gets none for its first file;
 * for the others it waits, which slows its upload down.
 *
 * @returns the outcomes, to be taken at once. Taking one throws no_file, what the uploads throw, or the reason of
 *   the abort.
 * @throws {ServiceError} overloaded
 */
export function classifyUploads(
  files: AsyncIterable<Upload>,
  options: ClassifyUploadsOptions,
): AsyncGenerator<Outcome, void> {
  // Before anything else, for a refusal must cost little.
  const permit = options.admission.acquireNow(options.holder, options.maxFileBytes);
  return inOrder(startEach(files, options, permit), options);
}

/** The outcomes in their order; files are read ahead while the first one is waited for. */
async function* inOrder(
  started: AsyncIterable<{ outcome: Promise<Outcome> }>,
  { maxOutcomes, abort }: ClassifyUploadsOptions,
): AsyncGenerator<Outcome, void> {
  let done = false;
  try {
    const ahead: typeof started = Readable.from(started, { highWaterMark: maxOutcomes });
    for await (const { outcome } of ahead) yield await outcome;
    done = true;
  } finally {
    if (!done) abort.abort(abort.signal.reason ?? new Error('the request is over'));
  }
}

/** Reads each file and starts its classification. What ends the request is its last outcome, a rejected one. */
async function* startEach(
  files: AsyncIterable<Upload>,
  { classifier, admission, metrics, maxFileBytes, abort: { signal }, holder }: ClassifyUploadsOptions,
  first: Permit,
): AsyncGenerator<{ outcome: Promise<Outcome> }, void> {
  let permit: Permit | undefined = first;
  const model = classifier.model.manifest.name;
  let index = 0;
  try {
    const uploads = files[Symbol.asyncIterator]();
    for (;;) {
      const { value: file, done } = await abortable(uploads.next(), signal);
      if (done) break;
      permit ??= await admission.acquire(holder, maxFileBytes, signal);
      const startMs = performance.now();
      const content = await abortable(file.read(), signal).catch(fileError);
      metrics.stageDurationSeconds.observe({ model, stage: 'read' }, secondsSince(startMs));
      permit.shrinkTo(content instanceof ServiceError ? 0 : content.length);
      const outcome = classifyOne(index, file, content).finally(permit.release);
      permit = undefined;
      // A failure is seen when the outcome is taken; until then it must not count as unhandled.
      outcome.catch(() => {});
      yield { outcome };
      index += 1;
    }
    if (index === 0) throw new ServiceError('no_file', 'The request has no image.');
  } catch (error) {
    const outcome = Promise.reject(error);
    outcome.catch(() => {});
    yield { outcome };
  } finally {
    permit?.release();
  }

  async function classifyOne(
    index: number,
    { filename }: Upload,
    content: Buffer | ServiceError,
  ): Promise<Outcome> {
    const place = { index, ...(filename !== undefined && { filename }) };
    if (content instanceof ServiceError) return { ...place, error: content };
    const result = await classifier.classify(content, signal).catch(fileError);
    return { ...place, ...(result instanceof ServiceError ? { error: result } : result) };
  }

  /** Errors of the file itself become its outcome; any other one fails the request. */
  function fileError(error: unknown): ServiceError {
    if (error instanceof ServiceError && error !== signal.reason && !error.isFaultOfService) return error;
    throw error;
  }
}
