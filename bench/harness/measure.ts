import type { Contender } from './contender.js';
import { type LoadFigures, loadFigures, percentile, type Reference } from './figures.js';
import { Load, type SentRequest, type Shape } from './load.js';
import { eventLoopDelayMs, scrape } from './metrics.js';
import type { Server } from './server.js';

const WARM_UP_SECONDS = 2;
const MEMORY_PERIOD_MS = 1000;

/** What a service did under one load. */
export interface LoadResult extends LoadFigures {
  /** Processor time of all its processes. */
  cpuSecondsPer1000: number;
  /** Largest memory (PSS) of all its processes. */
  memoryMiB: number;
  /** Ours only, from its metrics. */
  eventLoopDelayMs?: number;
}

/** An open load of more than the service can answer. */
export interface Overload extends LoadResult {
  offeredPerSecond: number;
  refusedP99Ms: number;
  /** Refusals without a Retry-After header. */
  withoutRetryAfter: number;
}

/** A running service with the load that it gets, crop by crop. */
export class Measurement {
  readonly #load: Load;

  constructor(
    private readonly contender: Contender,
    private readonly server: Server,
    private readonly reference: Reference,
    jpegs: Buffer[],
  ) {
    this.#load = new Load([server.url], contender, jpegs);
  }

  /** So many clients, each with one request at a time; after a warm-up that doesn't count. */
  async closed(clients: number, seconds: number): Promise<LoadResult> {
    await this.#load.run({ clients }, WARM_UP_SECONDS);
    return (await this.#measure({ clients }, seconds)).result;
  }

  /** Requests at that rate, whether or not they are answered. */
  async overload(offeredPerSecond: number, seconds: number): Promise<Overload> {
    const { result, sent } = await this.#measure({ perSecond: offeredPerSecond }, seconds);
    const refused = sent.filter(({ status }) => status === 503);
    return {
      ...result,
      offeredPerSecond,
      refusedP99Ms: percentile(
        refused.map(({ latencyMs }) => latencyMs),
        99,
      ),
      withoutRetryAfter: refused.filter(({ retryAfter }) => !retryAfter).length,
    };
  }

  dispose(): void {
    this.#load.dispose();
  }

  async #measure(shape: Shape, seconds: number): Promise<{ result: LoadResult; sent: SentRequest[] }> {
    const ours = this.contender.name === 'hemoserve';
    // The first scrape begins the time that the second one tells of.
    if (ours) await scrape(this.server.url);
    const before = this.server.usage();
    let memoryMiB = before.memoryMiB;
    const watch = setInterval(() => {
      memoryMiB = Math.max(memoryMiB, this.server.usage().memoryMiB);
    }, MEMORY_PERIOD_MS);
    const sent = await this.#load.run(shape, seconds).finally(() => clearInterval(watch));
    const after = this.server.usage();
    const figures = loadFigures(sent, seconds, this.contender, this.reference);
    const result: LoadResult = {
      ...figures,
      cpuSecondsPer1000: ((after.cpuSeconds - before.cpuSeconds) / figures.answered) * 1000,
      memoryMiB: Math.max(memoryMiB, after.memoryMiB),
      ...(ours && { eventLoopDelayMs: eventLoopDelayMs(await scrape(this.server.url)) }),
    };
    return { result, sent };
  }
}
