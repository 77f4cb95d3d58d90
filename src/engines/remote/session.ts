import { setTimeout } from 'node:timers/promises';
import type { ServiceError } from '../../errors/problem.js';
import { JSON_LENGTH_HEADER } from '../../oip/message.js';
import type { Manifest } from '../../registry/manifest.js';
import {
  type BatchOutput,
  type CropBatch,
  type EngineDescription,
  type EngineLog,
  type Session,
  type TryRun,
  tryBlanks,
} from '../engine.js';
import { batchRequest, readAnswer } from './batch.js';
import type { RemoteClient } from './client.js';
import { faultOf, reasonOf, stillUnavailable } from './faults.js';
import { checkMetadata } from './metadata.js';

/** How often the remote engine is asked whether it is ready. */
const ASK_MS = 1_000;

export interface RemoteSessionOptions {
  manifest: Manifest;
  client: RemoteClient;
  description: EngineDescription;
  concurrency: number;
  timeoutMs: number;
  /** The same until it is warm: first runs may be slow there, too. */
  startTimeoutMs: number;
  /** Whether tensors are sent as bytes, not as JSON. */
  asBytes: boolean;
  log: EngineLog;
}

/**
 * A model in a remote engine. From its first fault on it is unavailable. Once the remote says that it is ready again,
 * the session tries it as at the start, with golden images, since another network may have come in the place.
 */
export class RemoteSession implements Session {
  readonly description: EngineDescription;
  readonly concurrency: number;
  readonly partSize = undefined;
  readonly independentParts = true;
  #tryRun: TryRun;
  /** Why it cannot be used. */
  #fault: ServiceError | undefined;
  /** Whether it is being tried again, so that batches may run in spite of a fault. */
  #trying = false;
  #lastAnswerMs = 0;
  /** Aborted to look after the remote at once. */
  #wake = new AbortController();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #watching: Promise<void> | undefined;

  constructor(private readonly options: RemoteSessionOptions) {
    this.description = options.description;
    this.concurrency = options.concurrency;
    this.#tryRun = tryBlanks(this, options.manifest);
  }

  async warmUp(batchSizes: readonly number[], tryRun: TryRun = this.#tryRun): Promise<void> {
    this.#tryRun = tryRun;
    for (const count of batchSizes) await tryRun(count, 'part');
    this.#watching = this.#watch();
  }

  ensureAvailable(): void {
    if (this.#fault) throw stillUnavailable(this.#fault);
  }

  async run(batch: CropBatch): Promise<BatchOutput> {
    this.#closing.signal.throwIfAborted();
    if (!this.#trying) this.ensureAvailable();
    const running = this.#infer(batch);
    this.#running.add(running);
    try {
      const output = await running;
      this.#lastAnswerMs = performance.now();
      return output;
    } catch (error) {
      const fault = faultOf(error, this.#timeoutMs);
      this.#fail(fault);
      throw fault;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#closing.abort(new Error('the session is closed'));
    this.#wake.abort();
    await this.#watching;
    await this.options.client.close();
  }

  async #infer(batch: CropBatch): Promise<BatchOutput> {
    const { manifest, client, asBytes } = this.options;
    const { headers, body } = batchRequest(manifest, batch, asBytes);
    const answer = await client.infer(headers, body, this.#timeoutMs);
    const jsonLength = answer.headers[JSON_LENGTH_HEADER];
    return readAnswer(manifest, batch.count, jsonLength?.toString(), answer.body);
  }

  get #timeoutMs(): number {
    const { timeoutMs, startTimeoutMs } = this.options;
    return this.#watching ? timeoutMs : startTimeoutMs;
  }

  #fail(fault: ServiceError): void {
    if (this.#fault === undefined) {
      this.options.log.warn({ reason: reasonOf(fault) }, 'the remote engine is not available');
      this.#wake.abort();
    }
    this.#fault = fault;
  }

  /** Asks the remote again and again whether it is ready, at once after a fault. */
  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#ask();
      this.#wake = new AbortController();
      await setTimeout(ASK_MS, undefined, { signal: this.#wake.signal, ref: false }).catch(() => {});
    }
  }

  async #ask(): Promise<void> {
    const startMs = performance.now();
    const { signal } = this.#closing;
    try {
      await this.options.client.ensureReady(signal);
      if (this.#fault) await this.#tryAgain(signal);
    } catch (error) {
      // What is busy may be late to say so; its answers say more.
      if (signal.aborted || this.#lastAnswerMs > startMs) return;
      const { timeoutMs } = this.options;
      this.#fail(faultOf(error, timeoutMs));
    }
  }

  async #tryAgain(signal: AbortSignal): Promise<void> {
    const { client, manifest, log } = this.options;
    this.#trying = true;
    try {
      checkMetadata(manifest, await client.model(signal));
      await this.#tryRun(1, 'part');
      this.#fault = undefined;
      log.info({ engine: this.description }, 'the remote engine is available again');
    } finally {
      this.#trying = false;
    }
  }
}
