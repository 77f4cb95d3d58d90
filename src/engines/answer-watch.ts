import { ServiceError } from '../errors/problem.js';
import type { EngineLog } from './engine.js';

/** An engine gets so many times what the slowest of its last batches took, and at least so long. */
const TIMES = 10;
const LEAST_MS = 3_000;
/** Batches that it is judged by: enough to have one of its usual load, few enough to forget its first ones. */
const LAST_BATCHES = 8;

/** Watches an engine's answers: notices when one is overdue, by what the last batches took for each crop. */
export class AnswerWatch {
  /** Of the last batches, the time from when the engine got it, over its crops. */
  readonly #msPerCrop: number[] = [];
  #crops = 0;
  #overdue = 0;

  /** @param onOverdue what to do about an engine that can be stopped. */
  constructor(
    private readonly log: EngineLog,
    private readonly onOverdue: () => void = () => {},
  ) {}

  /** Watches one batch, of so many crops. Settles as the run does. */
  async watch<T>(count: number, run: Promise<T>): Promise<T> {
    this.#crops += count;
    const startMs = performance.now();
    const limitMs = this.#limitMs();
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      this.#overdue += 1;
      this.log.warn({ limitMs, crops: count }, 'the engine does not answer');
      this.onOverdue();
    }, limitMs).unref();
    try {
      const output = await run;
      this.#msPerCrop.push((performance.now() - startMs) / count);
      if (this.#msPerCrop.length > LAST_BATCHES) this.#msPerCrop.shift();
      return output;
    } finally {
      clearTimeout(timer);
      this.#crops -= count;
      if (overdue) this.#overdue -= 1;
    }
  }

  /** Throws the ServiceError engine_unavailable while an answer is overdue. */
  ensureAnswers(): void {
    if (this.#overdue === 0) return;
    throw new ServiceError('engine_unavailable', 'The engine does not answer.', { retryAfterS: 1 });
  }

  /** For all crops that the engine has, since it may run one batch after the other. Before any answer a day. */
  #limitMs(): number {
    if (this.#msPerCrop.length === 0) return 86_400_000;
    return Math.max(LEAST_MS, TIMES * Math.max(...this.#msPerCrop) * this.#crops);
  }
}
