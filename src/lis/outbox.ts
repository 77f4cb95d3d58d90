import type { SlideReport } from '../slides/report.js';
import type { Call, Store } from '../store/store.js';
import type { Destination } from './destinations/schema.js';
import { transportTo } from './destinations/transport.js';
import { messagesOf } from './messages.js';
import type { LisOptions } from './options.js';
import { Sender, type SenderOptions } from './sender.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface OutboxOptions {
  destinations: readonly Destination[];
  lis: LisOptions;
  retentionDays: number;
  store(): Promise<Store>;
  onAttempt: SenderOptions['onAttempt'];
  onFault: SenderOptions['onFault'];
}

/**
 * The outbox of a process: what it tells of slides, and the senders that take it to their destinations. The messages
 * themselves are in the store.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #senders: Sender[];
  #retention: NodeJS.Timeout | undefined;

  /** @throws {SettingsError} where a secret, key or certificate of a destination is no good. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const { store, onAttempt, onFault } = options;
    const senders = options.destinations.map(async (destination) => {
      const { name, connectTimeoutMs, answerTimeoutMs, retry } = destination;
      return new Sender({
        destination: name,
        transport: await transportTo(destination),
        // A FHIR server may take a new token and a second request.
        attemptMs: 2 * (connectTimeoutMs + answerTimeoutMs),
        policy: { ...retry, giveUpAfterMs: retry.giveUpAfterHours * HOUR_MS },
        ...{ store, onAttempt, onFault },
      });
    });
    return new Outbox(options, await Promise.all(senders));
  }

  private constructor(options: OutboxOptions, senders: Sender[]) {
    this.#options = options;
    this.#senders = senders;
  }

  start(): void {
    for (const sender of this.#senders) sender.start();
    this.#retention = setInterval(() => void this.#deleteOld(), HOUR_MS).unref();
    void this.#deleteOld();
  }

  /** Operations for the transaction that verifies a slide: after it, `wake`. */
  async messages(report: SlideReport): Promise<Call[]> {
    const { destinations, lis } = this.#options;
    const messages = await messagesOf(report, destinations, lis);
    return [['addMessages', { messages, at: new Date().toISOString() }]];
  }

  /** Looks at once for what was just written. */
  wake(): void {
    for (const sender of this.#senders) sender.wake();
  }

  /** Sends no more; each message in flight has this long to be answered. */
  async stop(graceMs: number): Promise<void> {
    clearInterval(this.#retention);
    await Promise.all(this.#senders.map((sender) => sender.stop(graceMs)));
  }

  async #deleteOld(): Promise<void> {
    const { store, retentionDays, onFault } = this.#options;
    const before = new Date(Date.now() - retentionDays * DAY_MS).toISOString();
    try {
      await (await store()).write(['deleteMessagesBefore', { before }], ['deleteOrdersBefore', { before }]);
    } catch (error) {
      onFault(error);
    }
  }
}
