import { computed, signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import { askForKey, authorization } from '../api/key.ts';
import type { Crop } from '../api/types.ts';
import { type Answer, type BadLine, type Line, sendCrops } from './send.ts';

export type Phase = 'sending' | 'waiting' | 'done' | 'cancelled' | 'failed';

export interface BadFile {
  name: string;
  code: string;
  detail: string;
}

interface Options {
  slideId: string;
  files: readonly File[];
  /** Told of crops as they are classified, each with its file. */
  onCrops(crops: { crop: Crop; file: File }[]): void;
}

const MOST_FILES = 16;
const MOST_BYTES = 4_194_304;
const AT_A_TIME = 2;
const LONGEST_PAUSE_MS = 10_000;
/** What another attempt may change. */
const PASSING_STATUSES = [0, 408, 429, 500, 502, 503, 504];

/**
 * Sends a slide's crops in small requests, each of which may be sent again: the service knows a crop by its content and
 * counts it once. So a connection that is lost costs nothing but time.
 */
export class Upload {
  readonly phase = signal<Phase>('sending');
  readonly sentBytes = signal(0);
  readonly classified = signal(0);
  readonly bad = signal<readonly BadFile[]>([]);
  readonly failure = signal<ApiError | undefined>(undefined);
  readonly totalBytes: number;
  readonly fileCount: number;
  readonly finished = computed(() => this.classified.value + this.bad.value.length);
  readonly isRunning = computed(() => this.phase.value === 'sending' || this.phase.value === 'waiting');
  readonly cropsPerSecond = signal(0);
  readonly secondsLeft = computed(() =>
    this.cropsPerSecond.value > 0
      ? (this.fileCount - this.finished.value) / this.cropsPerSecond.value
      : undefined,
  );

  readonly #batches: File[][];
  readonly #abort = new AbortController();
  #startMs = performance.now();

  constructor(private readonly options: Options) {
    this.fileCount = options.files.length;
    this.totalBytes = options.files.reduce((sum, { size }) => sum + size, 0);
    this.#batches = batches(options.files);
  }

  /** Resolves when all is sent, or it was cancelled or failed. */
  async run(): Promise<void> {
    this.#startMs = performance.now();
    await Promise.all(Array.from({ length: AT_A_TIME }, () => this.#work()));
    if (this.isRunning.value) this.phase.value = 'done';
  }

  cancel(): void {
    this.phase.value = 'cancelled';
    this.#abort.abort();
  }

  async #work(): Promise<void> {
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) await this.#send(batch);
  }

  async #send(files: readonly File[]): Promise<void> {
    let left = files;
    for (let attempt = 0; left.length > 0 && !this.#abort.signal.aborted; attempt += 1) {
      let counted = 0;
      const count = (bytes: number) => {
        this.sentBytes.value += bytes - counted;
        counted = bytes;
      };
      const key = authorization().authorization;
      const answer = await sendCrops(this.options.slideId, left, count, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      if (answer.status === 401) {
        count(0);
        await askForKey(key);
        continue;
      }
      if (answer.status !== 200 && !PASSING_STATUSES.includes(answer.status)) return this.#fail(answer);
      const before = left;
      left = this.#take(left, answer);
      // Of the form itself, and what is to be sent again.
      count(sizeOf(before) - sizeOf(left));
      if (left.length > 0) await this.#pause(answer, attempt);
    }
  }

  /** @returns the files that are to be sent again. */
  #take(files: readonly File[], { lines, status }: Answer): readonly File[] {
    if (status === 200) this.phase.value = 'sending';
    const left = new Set(files);
    const last = lines.find((line): line is Extract<Line, { imageCount: number }> => 'imageCount' in line);
    const crops: { crop: Crop; file: File }[] = [];
    for (const line of lines) {
      if (!('index' in line)) continue;
      const file = files[line.index];
      if (!file) continue;
      if (!isBad(line)) crops.push({ crop: toCrop(line, last?.model), file });
      else if (PASSING_STATUSES.includes(line.error.status)) continue;
      else this.bad.value = [...this.bad.value, badFile(file, line.error)];
      left.delete(file);
    }
    this.classified.value += crops.length;
    this.cropsPerSecond.value = (1000 * this.finished.value) / (performance.now() - this.#startMs);
    this.options.onCrops(crops);
    return [...left];
  }

  #fail({ status, problem }: Answer): void {
    this.failure.value = ApiError.of(status, problem);
    this.phase.value = 'failed';
    this.#abort.abort();
  }

  /** Waits as long as the service says, or longer with each attempt; less when the network is back. */
  async #pause({ retryAfterSeconds, status }: Answer, attempt: number): Promise<void> {
    if (status === 0) this.phase.value = 'waiting';
    const ms =
      retryAfterSeconds === undefined
        ? Math.min(LONGEST_PAUSE_MS, 500 * 2 ** attempt)
        : retryAfterSeconds * 1000;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener('online', done);
        this.#abort.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      addEventListener('online', done);
      this.#abort.signal.addEventListener('abort', done);
    });
  }
}

function isBad(line: Line): line is BadLine {
  return 'error' in line;
}

function batches(files: readonly File[]): File[][] {
  const all: File[][] = [];
  for (const file of files) {
    const last = all.at(-1);
    if (last && last.length < MOST_FILES && sizeOf(last) + file.size <= MOST_BYTES) last.push(file);
    else all.push([file]);
  }
  return all;
}

function sizeOf(files: readonly File[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function badFile(
  file: File,
  { code, detail, title }: { code: string; detail?: string; title: string },
): BadFile {
  return { name: file.name, code, detail: detail ?? title };
}

function toCrop(
  line: Extract<Line, { number: number }>,
  model: Crop['model'] = { name: '', version: '' },
): Crop {
  const { index: _, crop, number, filename, ...result } = line;
  const countsAs = result.decision === 'review' ? {} : { countsAs: result.class };
  return {
    crop,
    number,
    ...(filename !== undefined && { filename }),
    receivedAt: new Date().toISOString(),
    model,
    ...countsAs,
    byPerson: false,
    result,
  };
}
