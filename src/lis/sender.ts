import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedMessage } from '../store/operations/outbox.js';
import type { Store } from '../store/store.js';
import { backOffMs, type Outcome, type RetryPolicy, type Settlement, settle } from './delivery.js';
import type { Transport } from './transports/transport.js';

/** How often the outbox is looked at for what another process put there, or what has become due. */
const POLL_MS = 1_000;
/** Between attempts to write down what became of a message. */
const STORE_RETRY_MS = 500;

export interface SenderOptions {
  destination: string;
  transport: Transport;
  /** Longest time that one attempt may take. */
  attemptMs: number;
  /** By how much a claim outlasts its attempt: more than the clocks of replicas differ, and than a busy store takes. */
  claimSpareMs?: number;
  policy: RetryPolicy;
  store(): Promise<Store>;
  /** Is told of each attempt. Reasons are not for the log: they may name a patient. */
  onAttempt(attempt: { message: ClaimedMessage; outcome: Outcome; settlement: Settlement }): void;
  onFault(error: unknown): void;
}

const CLAIM_SPARE_MS = 30_000;

/**
 * Sends a destination's messages out of the outbox, one after the other, until it is stopped.
 *
 * A message is claimed, sent and settled. Whoever dies between these leaves a claim that ends by itself; then the
 * message is sent again, with the same control ID: at least once. As long as nobody dies each is sent once for each of
 * its attempts, however many processes share the store.
 */
export class Sender {
  readonly #options: SenderOptions;
  /** No more messages are claimed. */
  readonly #stop = new AbortController();
  /** The message in flight is cut off. */
  readonly #cut = new AbortController();
  #wake = new AbortController();
  #failures = 0;
  #done: Promise<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Looks at the outbox at once, unless the destination has just failed. */
  wake(): void {
    if (this.#failures === 0) this.#wake.abort();
  }

  /** Finishes the message in flight; past the time its connection is cut, and it waits for the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    const late = setTimeout(() => this.#cut.abort(), graceMs);
    await this.#done;
    clearTimeout(late);
    await this.#options.transport.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Before the look, so that no wake is missed after it.
      this.#wake = new AbortController();
      const waitMs = await this.#step();
      if (waitMs === 0 || this.#stop.signal.aborted) continue;
      await sleep(waitMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  /** @returns how long to wait before the next one. */
  async #step(): Promise<number> {
    const { store, destination, attemptMs, claimSpareMs = CLAIM_SPARE_MS, onFault } = this.#options;
    try {
      const claim = randomUUID();
      const now = Date.now();
      const until = iso(now + attemptMs + claimSpareMs);
      const [message] = await (await store()).write([
        'claimMessage',
        { destination, claim, at: iso(now), until },
      ]);
      if (!message) return POLL_MS;
      return await this.#attempt(message, claim);
    } catch (error) {
      onFault(error);
      return POLL_MS;
    }
  }

  async #attempt(message: ClaimedMessage, claim: string): Promise<number> {
    const { transport, attemptMs, policy, onAttempt } = this.#options;
    const { controlId, contentType, attempt } = message;
    const body = Buffer.from(message.body, 'base64');
    const signal = AbortSignal.any([this.#cut.signal, AbortSignal.timeout(attemptMs)]);
    const outcome = await transport.send({ controlId, contentType, body }, signal);
    const ageMs = Date.now() - Date.parse(message.queuedAt);
    const settlement = settle(outcome, { attempt, ageMs, policy, random: Math.random() });
    await this.#settle(message.id, claim, settlement);
    onAttempt({ message, outcome, settlement });
    // Another message would most likely fare the same.
    const isAnswered = outcome.kind === 'accepted' || outcome.kind === 'refused';
    this.#failures = isAnswered ? 0 : this.#failures + 1;
    return isAnswered ? 0 : backOffMs(this.#failures, policy, Math.random());
  }

  /** What was sent is written down as long as the claim lasts, or else it would be sent once more. */
  async #settle(id: string, claim: string, settlement: Settlement): Promise<void> {
    const { store, claimSpareMs = CLAIM_SPARE_MS, onFault } = this.#options;
    const lastMs = Date.now() + claimSpareMs;
    const { state } = settlement;
    for (;;) {
      const now = Date.now();
      const args = {
        ...{ id, claim, at: iso(now), state },
        ...(settlement.state === 'waiting' && { dueAt: iso(now + settlement.waitMs) }),
        ...(settlement.state !== 'delivered' && { reason: settlement.reason }),
      };
      try {
        const [isOurs] = await (await store()).write(['settleMessage', args]);
        if (!isOurs) onFault(new Error(`the claim of message ${id} ended before it was settled`));
        return;
      } catch (error) {
        onFault(error);
        if (Date.now() > lastMs || this.#cut.signal.aborted) return;
        await sleep(STORE_RETRY_MS);
      }
    }
  }
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();
