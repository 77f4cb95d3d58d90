import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { loadSettings, SettingsError } from './settings/load.js';

/** The process: settings, listen, load the model, serve; on SIGTERM or SIGINT finish what was admitted. */
async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const app = await buildApp(settings);
  closeWithGrace({ delay: settings.shutdownTimeoutMs, logger: app.log }, async ({ signal, err }) => {
    if (err) app.log.fatal(err, 'stopping after a fault');
    else app.log.info({ signal }, 'stopping');
    await app.close();
  });
  await app.listen({ host: settings.host, port: settings.port });
  await app.modelHost.load();
}

main().catch((error: Error) => {
  console.error(error instanceof SettingsError ? error.message : error.stack);
  process.exit(1);
});
