import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Classifier } from '../classify/classifier.js';
import type { Judgement } from '../classify/judge.js';
import { argmax } from '../classify/probabilities.js';
import { ServiceError } from '../errors/problem.js';
import type { DataSet, LabelledFile } from './data-set.js';
import { DataError } from './errors.js';

/** What the model says of one labelled file. */
export interface Prediction extends LabelledFile {
  /** Index of the most probable class (top-1). */
  predicted: number;
  /** Its probability. */
  confidence: number;
  /** float64 (classes), not rounded. */
  probabilities: Float64Array;
  /** Where the version has trust data. */
  judgement?: Judgement;
}

/** A file that the service would answer with an error. */
export interface Failure extends LabelledFile {
  error: ServiceError;
}

export type JudgedFile = Prediction | Failure;

export interface ClassifyFilesOptions {
  /** Files in work at a time; twice the largest batch keeps the next one full while one runs. */
  concurrency: number;
  maxFileBytes: number;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Classifies labelled files through the serving path.
 *
 * @returns an outcome for each file, in their order.
 * @throws {DataError} when a file is not the one of the split or can no longer be read; nothing is running any more then.
 */
export async function classifyFiles(
  classifier: Pick<Classifier, 'result' | 'judge'>,
  { folder, files }: Pick<DataSet, 'folder' | 'files'>,
  { concurrency, maxFileBytes, onProgress }: ClassifyFilesOptions,
): Promise<JudgedFile[]> {
  const outcomes: JudgedFile[] = [];
  let done = 0;
  onProgress?.(0, files.length);
  const abort = new AbortController();
  // One iterator for all workers, so each takes the next file.
  const queue = files.entries();
  const work = async () => {
    for (const [index, file] of queue) {
      if (abort.signal.aborted) return;
      outcomes[index] = await classifyFile(file);
      done += 1;
      onProgress?.(done, files.length);
    }
  };

  async function classifyFile(file: LabelledFile): Promise<JudgedFile> {
    const encoded = await readFile(join(folder, file.path)).catch((error: Error) => {
      throw new DataError(`${file.path}: ${error.message}`, { cause: error });
    });
    checkSha256(encoded, file);
    try {
      if (encoded.length > maxFileBytes) {
        throw new ServiceError('file_too_large', `The file has more than ${maxFileBytes} bytes.`);
      }
      const result = await classifier.result(encoded, abort.signal);
      const { probabilities } = result;
      const predicted = argmax(probabilities);
      const judgement = classifier.judge(result);
      const confidence = probabilities[predicted] ?? Number.NaN;
      return { ...file, predicted, confidence, probabilities, ...(judgement && { judgement }) };
    } catch (error) {
      if (error instanceof ServiceError && !error.isFaultOfService) return { ...file, error };
      throw error;
    }
  }

  const workers = Array.from({ length: concurrency }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
  return outcomes;
}

/** A figure is of the very crops that the split names. */
function checkSha256(encoded: Buffer, { path, sha256 }: LabelledFile): void {
  if (sha256 === undefined) return;
  const actual = createHash('sha256').update(encoded).digest('hex');
  if (actual !== sha256) throw new DataError(`${path}: SHA-256 is ${actual}, the split says ${sha256}`);
}
