import fp from 'fastify-plugin';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/choose/start-fastest.js';
import { ModelHost } from '../models/model-host.js';
import type { Settings } from '../settings/load.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Loads on request, so that the app listens meanwhile. */
    modelHost: ModelHost;
  }
}

export const modelHostPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { log, metrics, stop } = app;
    const modelHost = new ModelHost({
      settings,
      start: (model) =>
        startFastest(model, {
          settings,
          start: (engine) => Classifier.start(model, engine, settings, metrics),
          log,
          signal: stop.signal,
        }),
      metrics,
      log,
      stop: stop.signal,
    });
    app.decorate('modelHost', modelHost);
    app.addHook('onClose', () => modelHost.close());
  },
  { name: 'model-host', dependencies: ['metrics', 'connections'] },
);
