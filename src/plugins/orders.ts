import { randomBytes } from 'node:crypto';
import fp from 'fastify-plugin';
import { Counter, type Registry } from 'prom-client';
import type { MllpListener, MllpListenerOptions } from '../lis/mllp/listener.js';
import type { OrderBook } from '../lis/orders/answer.js';
import { SettingsError } from '../settings/load.js';
import { isLoopback } from '../settings/loopback.js';
import type { Settings } from '../settings/schema.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Port of the MLLP listener for orders, once the app is ready; undefined where there is none. */
    ordersPort: number | undefined;
  }
}

/** Longest time of a message from its first byte to its last. */
const MESSAGE_MS = 30_000;
/** MSH-10 has 20 characters at most. */
const CONTROL_ID_BYTES = 10;

/** Takes orders over MLLP at HEMOSERVE_MLLP_PORT; without it nothing is loaded. */
export const ordersPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    app.decorate('ordersPort', undefined);
    const { messages, closings } = createCounters(app.metrics.registry);
    const {
      mllpPort: port,
      mllpHost: host,
      mllpCa: ca,
      mllpCertificate: certificate,
      mllpKey: key,
    } = settings;
    if (port === undefined) return;
    const { answer } = await import('../lis/orders/answer.js');
    const { workFor } = await import('../lis/orders/work.js');
    const { log, slides, lis, outbox } = app;
    const orders: OrderBook = {
      async change(changes) {
        await (await slides.store()).write(['changeOrders', { changes, at: new Date().toISOString() }]);
      },
      async find(specimenNumber) {
        return (await slides.store()).read('findOrders', { specimenNumber });
      },
      async sendWork(query) {
        const at = new Date().toISOString();
        const message = workFor(query, outbox.analyzers, lis, at);
        if (!message) return;
        await (await slides.store()).write(['addMessages', { messages: [message], at }]);
        outbox.wake();
      },
    };
    const options: MllpListenerOptions = {
      ...{ host, port, messageMs: MESSAGE_MS, idleMs: settings.mllpIdleMs },
      maxMessageBytes: settings.mllpMaxMessageBytes,
      maxConnections: settings.mllpMaxConnections,
      ...(certificate && key && { tls: { certificate, key, ...(ca && { ca }) } }),
      renewal: {
        onRenewed: () => log.info('new TLS files are used (MLLP)'),
        onRefused: (reason) => log.error({ reason }, 'the new TLS files are not used (MLLP)'),
      },
      async answer(message) {
        const newControlId = () => randomBytes(CONTROL_ID_BYTES).toString('hex').toUpperCase();
        const { bytes, code, error } = await answer(message, { orders, lis, newControlId });
        messages.inc({ code });
        // Its text has no content of the message; a fault of the store has its own line.
        log.info({ code, ...(error instanceof Error && { error: error.name }) }, 'order message');
        return bytes;
      },
      onClosed(reason, error) {
        closings.inc({ reason });
        if (reason === 'fault') log.error(error, 'the MLLP listener failed');
      },
    };
    let listener: MllpListener | undefined;
    app.addHook('onReady', async () => {
      listener = await open(options);
      const { address, port } = listener.address;
      app.ordersPort = port;
      log.info({ address, port }, 'listening for orders (MLLP)');
      if (!isLoopback(address) && !ca) {
        log.warn(
          { address },
          'other machines may send orders, and nobody asks who they are: set HEMOSERVE_MLLP_CA',
        );
      }
    });
    app.addHook('onClose', () => listener?.close());
  },
  { name: 'orders', dependencies: ['metrics', 'slides', 'lis', 'outbox'] },
);

/** @throws {SettingsError} for files of TLS that are not there, or that do not belong together. */
async function open(options: MllpListenerOptions): Promise<MllpListener> {
  const { MllpListener } = await import('../lis/mllp/listener.js');
  const { readGoodTlsFiles } = await import('../lis/tls-renewal.js');
  try {
    if (options.tls) await readGoodTlsFiles(options.tls);
  } catch (error) {
    throw new SettingsError([`HEMOSERVE_MLLP_CERTIFICATE: ${(error as Error).message}`]);
  }
  return MllpListener.open(options);
}

function createCounters(registry: Registry) {
  return {
    messages: new Counter({
      name: 'hemoserve_mllp_messages_total',
      help: 'Messages that the MLLP listener answered, by the code of its answer (AA, AE, AR)',
      labelNames: ['code'] as const,
      registers: [registry],
    }),
    closings: new Counter({
      name: 'hemoserve_mllp_closed_total',
      help: 'Connections that the MLLP listener closed by itself, by reason',
      labelNames: ['reason'] as const,
      registers: [registry],
    }),
  };
}
