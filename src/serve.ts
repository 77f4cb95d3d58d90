import { setTimeout } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import { checkReach } from './auth/reach.js';
import { preferEventLoop } from './priority.js';
import { loadSettings, SettingsError } from './settings/load.js';
import { isLoopback } from './settings/loopback.js';

/** After its clients are cut off the engine still finishes the batch that it runs. */
const LAST_BATCH_MS = 5_000;

/**
 * The process: settings, listen, load the model, serve; SIGHUP reloads; on SIGTERM or SIGINT finish what was admitted.
 * Where it cannot start, it ends with 1 and says why on stderr.
 */
export async function serve(): Promise<void> {
  await start().catch((error: Error) => {
    console.error(error instanceof SettingsError ? error.message : error.stack);
    process.exit(1);
  });
}

async function start(): Promise<void> {
  preferEventLoop();
  const settings = loadSettings(process.env);
  await checkReach(settings);
  const app = await buildApp(settings, { loadAtOnce: true });
  const delay = settings.shutdownTimeoutMs + LAST_BATCH_MS;
  closeWithGrace({ delay, logger: app.log, skip: ['SIGHUP'] }, async ({ signal, err }) => {
    if (err) app.log.fatal(err, 'stopping after a fault');
    else app.log.info({ signal }, 'stopping');
    await closeInTime(app, settings.shutdownTimeoutMs);
  });
  process.on('SIGHUP', () => {
    app.auth.reload().then(
      () => app.log.info('keys read'),
      (error) => app.log.error(error, 'the keys are not read; those that were known stay'),
    );
    // The host logs what became of it.
    app.modelHost.reload().catch(() => {});
  });
  await app.listen({ host: settings.host, port: settings.port }).catch(async (error) => {
    // The first load must end before the process does.
    await app.close();
    throw error;
  });
  warnOfReach(app);
  await app.firstLoad?.catch((error) => {
    // A stop ends a load too, and the process by itself.
    if (!app.stop.signal.aborted) throw error;
  });
}

/**
 * Finishes what was admitted. Past the timeout the clients are cut off, which drops all that waits; the process
 * cannot end at once, since onnxruntime aborts it when it exits within an inference.
 */
async function closeInTime(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const closed = app.close();
  const late = await Promise.race([closed, setTimeout(timeoutMs, 'late' as const, { ref: false })]);
  if (late !== 'late') return;
  app.server.closeAllConnections();
  await closed;
  throw new Error(`requests were cut off after ${timeoutMs} ms`);
}

/** By the addresses that it listens on: HOST may be a name. */
function warnOfReach(app: FastifyInstance): void {
  const addresses = app.addresses().flatMap((bound) => (typeof bound === 'string' ? [] : bound.address));
  if (app.auth.isOn || addresses.every(isLoopback)) return;
  app.log.warn(
    { addresses },
    'other machines reach this service, and it asks nobody who they are; restrict them by a firewall or a proxy',
  );
}
