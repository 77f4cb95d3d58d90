import fp from 'fastify-plugin';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome } from '../lis/delivery.js';
import type { AnalyzerDestination } from '../lis/destinations/schema.js';
import type { Settings } from '../settings/schema.js';
import type { OutboxCount } from '../store/operations/outbox.js';

declare module 'fastify' {
  interface FastifyInstance {
    outbox: {
      /** Looks at once for messages that were just written or put back; does nothing where nothing is sent. */
      wake(): void;
      /** Those that are sent their orders when they ask for them. */
      readonly analyzers: readonly AnalyzerDestination[];
    };
  }
}

/** Share of the time to stop that the message in flight gets; the rest is for writing down what became of it. */
const GRACE_SHARE = 0.8;
const STATES: OutboxCount['state'][] = ['waiting', 'sending', 'dead', 'delivered', 'discarded'];
const OUTCOMES: Outcome['kind'][] = ['accepted', 'refused', 'rejected', 'failed'];

/** Sends verified slides to the laboratory systems of HEMOSERVE_DESTINATIONS; without these it loads nothing. */
export const outboxPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { destinations: file, outboxRetentionDays: retentionDays } = settings;
    const { log, slides, metrics } = app;
    const names: string[] = [];
    const attempts = countAttempts(metrics.registry);
    measureOutbox(metrics.registry, names, async () => (await slides.store()).read('countMessages', {}));
    if (!file) {
      app.decorate('outbox', { wake() {}, analyzers: [] });
      return;
    }
    const { loadDestinations } = await import('../lis/destinations/load.js');
    const { Outbox } = await import('../lis/outbox.js');
    const destinations = await loadDestinations(file);
    names.push(...destinations.map(({ name }) => name));
    // So that all are there before the first one, for rates.
    for (const destination of names) {
      for (const outcome of OUTCOMES) attempts.inc({ destination, outcome }, 0);
    }
    const outbox = await Outbox.open({
      destinations,
      lis: app.lis,
      retentionDays,
      store: () => slides.store(),
      onAttempt({ message, outcome, settlement }) {
        const { id, destination, controlId, attempt } = message;
        attempts.inc({ destination, outcome: outcome.kind });
        const level = outcome.kind === 'accepted' ? 'info' : 'warn';
        // Never the reason: it is in the receiver's words, which may name a patient.
        log[level](
          { destination, id, controlId, attempt, outcome: outcome.kind, state: settlement.state },
          'message',
        );
      },
      onFault: (error) => log.error(error, 'the outbox failed'),
    });
    slides.messages.push((report) => outbox.messages(report));
    const analyzers = destinations.filter((one) => one.type === 'analyzer');
    app.decorate('outbox', { wake: () => outbox.wake(), analyzers });
    app.addHook('onListen', async () => outbox.start());
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= outbox.stop(settings.shutdownTimeoutMs * GRACE_SHARE);
      return stopped;
    };
    // The message in flight is finished while requests are; the store is closed after both.
    app.addHook('preClose', async () => void stop());
    app.addHook('onClose', stop);
  },
  { name: 'outbox', dependencies: ['metrics', 'slides', 'lis'] },
);

function countAttempts(registry: Registry) {
  return new Counter({
    name: 'hemoserve_outbox_attempts_total',
    help: 'Attempts to send a message, by what became of it: accepted, refused (not repeated), rejected or failed (repeated)',
    labelNames: ['destination', 'outcome'] as const,
    registers: [registry],
  });
}

/** Of the whole store, so each replica says the same. */
function measureOutbox(registry: Registry, destinations: string[], read: () => Promise<OutboxCount[]>): void {
  const oldest = new Gauge({
    name: 'hemoserve_outbox_oldest_age_seconds',
    help: 'Age of the oldest message that is not delivered and no dead letter; 0 where there is none',
    labelNames: ['destination'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'hemoserve_outbox_messages',
    help: 'Messages in the outbox by state; a dead letter waits for a person, and later ones of its slide behind it',
    labelNames: ['destination', 'state'] as const,
    registers: [registry],
    async collect() {
      // Where nothing is sent, the store is not opened for this.
      const counts = destinations.length > 0 ? await read().catch(() => undefined) : [];
      this.reset();
      oldest.reset();
      // The store does not answer: no figure is better than a wrong one.
      if (!counts) return;
      for (const destination of destinations) {
        oldest.set({ destination }, 0);
        for (const state of STATES) this.set({ destination, state }, 0);
      }
      for (const { destination, state, count } of counts) this.set({ destination, state }, count);
      for (const { destination, state, oldestAt } of counts.toSorted((a, b) =>
        a.oldestAt < b.oldestAt ? 1 : -1,
      )) {
        if (state !== 'waiting' && state !== 'sending') continue;
        oldest.set({ destination }, Math.max(0, (Date.now() - Date.parse(oldestAt)) / 1000));
      }
    },
  });
}
