import { setTimeout } from 'node:timers/promises';
import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/choose/start-fastest.js';
import { TurboJpeg } from '../images/turbojpeg.js';
import { ModelHost } from '../models/model-host.js';
import { openRegistrySource } from '../models/open-registry-source.js';
import type { Settings } from '../settings/schema.js';

/** The first load has this thread for so long at most: a registry may be far away. */
const HEAD_START_MS = 500;

declare module 'fastify' {
  interface FastifyInstance {
    /** Loads on request. */
    modelHost: ModelHost;
    /** The first load, where it was begun with the app. */
    firstLoad: Promise<unknown> | undefined;
  }
}

/**
 * @param loadAtOnce begins the first load, and gives it a head start: once an engine loads the model in a thread of its
 *   own, this thread builds the rest of the app beside it.
 */
export const modelHostPlugin = fp<{ settings: Settings; loadAtOnce: boolean }>(
  async (app, { settings, loadAtOnce }) => {
    const { log, metrics, stop } = app;
    const decoder = TurboJpeg.open(settings.turbojpeg) ? 'libjpeg-turbo' : 'libvips';
    log.info(`usual JPEGs are decoded by ${decoder}`);
    let engineLoads = () => {};
    const handedOver = new Promise<void>((resolve) => {
      engineLoads = resolve;
    });
    const modelHost = new ModelHost({
      settings,
      source: await openRegistrySource(settings),
      start: (model) =>
        startFastest(model, {
          settings,
          start(load) {
            const started = Classifier.start(model, load, settings, metrics);
            engineLoads();
            return started;
          },
          log,
          signal: stop.signal,
        }),
      metrics,
      log,
      stop: stop.signal,
    });
    app.decorate('modelHost', modelHost);
    app.decorate('firstLoad', loadAtOnce ? modelHost.load() : undefined);
    // Whoever waits for it hears of its fault; until then it is nobody's.
    app.firstLoad?.catch(() => {});
    app.addHook('onClose', () => modelHost.close());
    new Gauge({
      name: 'hemoserve_queue_length',
      help: 'Crops that wait, by the stage whose duration has their wait: preprocess_queue or queue',
      labelNames: ['model', 'stage'] as const,
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const { model, queueLengths } of modelHost.classifiers) {
          for (const [stage, length] of Object.entries(queueLengths)) {
            this.inc({ model: model.manifest.name, stage }, length);
          }
        }
      },
    });
    if (app.firstLoad)
      await Promise.race([handedOver, app.firstLoad.catch(() => {}), setTimeout(HEAD_START_MS)]);
  },
  { name: 'model-host', dependencies: ['metrics', 'connections'] },
);
