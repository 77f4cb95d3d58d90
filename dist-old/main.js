import { setTimeout } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { loadSettings, SettingsError } from './settings/load.js';
/** After its clients are cut off the engine still finishes the batch that it runs. */
const LAST_BATCH_MS = 5_000;
/** The process: settings, listen, load the model, serve; SIGHUP reloads; on SIGTERM or SIGINT finish what was admitted. */
async function main() {
    const settings = loadSettings(process.env);
    const app = await buildApp(settings);
    const delay = settings.shutdownTimeoutMs + LAST_BATCH_MS;
    closeWithGrace({ delay, logger: app.log, skip: ['SIGHUP'] }, async ({ signal, err }) => {
        if (err)
            app.log.fatal(err, 'stopping after a fault');
        else
            app.log.info({ signal }, 'stopping');
        await closeInTime(app, settings.shutdownTimeoutMs);
    });
    // The host logs what became of it.
    process.on('SIGHUP', () => app.modelHost.reload().catch(() => { }));
    await app.listen({ host: settings.host, port: settings.port });
    await app.modelHost.load().catch((error) => {
        // A stop ends a load too, and the process by itself.
        if (!app.stop.signal.aborted)
            throw error;
    });
}
/**
 * Finishes what was admitted. Past the timeout the clients are cut off, which drops all that waits; the process
 * cannot end at once, since onnxruntime aborts it when it exits within an inference.
 */
async function closeInTime(app, timeoutMs) {
    const closed = app.close();
    const late = await Promise.race([closed, setTimeout(timeoutMs, 'late', { ref: false })]);
    if (late !== 'late')
        return;
    app.server.closeAllConnections();
    await closed;
    throw new Error(`requests were cut off after ${timeoutMs} ms`);
}
main().catch((error) => {
    console.error(error instanceof SettingsError ? error.message : error.stack);
    process.exit(1);
});
//# sourceMappingURL=main.js.map