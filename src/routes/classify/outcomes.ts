import { Readable } from 'node:stream';
import type { Classification, Classifier } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import type { Admission, Holder, Permit } from '../../queues/admission.js';
import { type Metrics, secondsSince } from '../../telemetry/metrics.js';
import { abortable } from './abortable.js';
import type { Upload } from './uploads.js';

/** What became of one file: its classification, or the error that it alone caused. */
export type Outcome<R = Classification> = { index: number; filename?: string } & (
  | R
  | { error: ServiceError }
);

/** A file that was read, and the signal of its request. */
export interface ReadCrop {
  content: Buffer;
  filename?: string;
  signal: AbortSignal;
}

/** What is done with each file: it is classified, and perhaps kept. Rejects with a ServiceError for a bad file. */
export type Classify<R> = (crop: ReadCrop) => Promise<R>;

export interface ClassifyUploadsOptions<R> {
  /** Whose queues the crops wait in. */
  classifier: Classifier;
  classify: Classify<R>;
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
  /** Time that is left until the answer must be there, or its next line. */
  leftMs: () => number;
  /** Whether each outcome is answered by itself, and the request's time begins anew with it. */
  asLines: boolean;
}

/**
 * Most of a request's time that its crops may be expected to take: the rest is for what no rate foresees. Well over a
 * batch is admitted all the same, so that the engine never waits.
 */
const EXPECTED_SHARE = 0.6;

/**
 * Classifies the files of one request as they arrive and gives the outcomes in their order.
 *
 * Each file needs a permit before it is read. A request is refused at once if it gets none for its first file;
 * for the others it waits, which slows its upload down. It is refused too as soon as it cannot be done in time.
 *
 * @returns the outcomes, to be taken at once. Taking one throws no_file, what the uploads throw, or the reason of
 *   the abort.
 * @throws {ServiceError} overloaded
 */
export function classifyUploads<R extends object>(
  files: AsyncIterable<Upload>,
  options: ClassifyUploadsOptions<R>,
): AsyncGenerator<Outcome<R>, void> {
  // Before anything else, for a refusal must cost little.
  refuseLate(options);
  const permit = options.admission.acquireNow(options.holder, options.maxFileBytes);
  return inOrder(startEach(files, options, permit), options);
}

/**
 * Refuses a further crop that would be done too late behind those of other requests.
 *
 * @throws {ServiceError} overloaded
 */
export function refuseLate({
  classifier,
  leftMs,
  abort,
}: Pick<ClassifyUploadsOptions<unknown>, 'classifier' | 'leftMs' | 'abort'>): void {
  const expectedMs = classifier.expectedMs(abort.signal);
  if (expectedMs <= EXPECTED_SHARE * Math.max(0, leftMs())) return;
  const error = new ServiceError(
    'overloaded',
    `A crop takes about ${Math.round(expectedMs)} ms now, more than the time that is left for it.`,
    { retryAfterS: Math.ceil(expectedMs / 1000) },
  );
  // At once, not after the crops before it.
  abort.abort(error);
  throw error;
}

/** The outcomes in their order; files are read ahead while the first one is waited for. */
async function* inOrder<R>(
  started: AsyncIterable<{ outcome: Promise<Outcome<R>> }>,
  { maxOutcomes, abort }: ClassifyUploadsOptions<R>,
): AsyncGenerator<Outcome<R>, void> {
  let done = false;
  try {
    const ahead: typeof started = Readable.from(started, { highWaterMark: maxOutcomes });
    // Raced here, one after the other: a signal is not made for a listener of each crop.
    for await (const { outcome } of ahead) yield await abortable(outcome, abort.signal);
    done = true;
  } finally {
    if (!done) abort.abort(abort.signal.reason ?? new Error('the request is over'));
  }
}

/** Reads each file and starts its classification. What ends the request is its last outcome, a rejected one. */
async function* startEach<R extends object>(
  files: AsyncIterable<Upload>,
  options: ClassifyUploadsOptions<R>,
  first: Permit,
): AsyncGenerator<{ outcome: Promise<Outcome<R>> }, void> {
  const { classifier, classify, admission, metrics, maxFileBytes, asLines, holder } = options;
  const { signal } = options.abort;
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
      metrics.onStage?.({ stage: 'read', startMs, endMs: performance.now(), signal });
      permit.shrinkTo(content instanceof ServiceError ? 0 : content.length);
      // Others may have come since its head, or the request have more crops than it can do in time. As lines, each
      // has its own time.
      if (index === 0 || !asLines) refuseLate(options);
      const outcome = classifyOne(index, file, content, permit);
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
    { release }: Permit,
  ): Promise<Outcome<R>> {
    const place = { index, ...(filename !== undefined && { filename }) };
    if (content instanceof ServiceError) {
      release();
      return { ...place, error: content };
    }
    const work = classify({ content, signal, ...(filename !== undefined && { filename }) });
    // What is being decoded or inferred goes on past the request's end, and takes memory until then.
    work.then(release, release);
    const result = await work.catch(fileError);
    return { ...place, ...(result instanceof ServiceError ? { error: result } : result) };
  }

  /** Errors of the file itself become its outcome; any other one fails the request. */
  function fileError(error: unknown): ServiceError {
    if (error instanceof ServiceError && error !== signal.reason && !error.isFaultOfService) return error;
    throw error;
  }
}
