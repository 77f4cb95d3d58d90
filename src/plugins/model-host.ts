import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/choose/start-fastest.js';
import { ModelHost } from '../models/model-host.js';
import type { Settings } from '../settings/schema.js';

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
          start: (load) => Classifier.start(model, load, settings, metrics),
          log,
          signal: stop.signal,
        }),
      metrics,
      log,
      stop: stop.signal,
    });
    app.decorate('modelHost', modelHost);
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
  },
  { name: 'model-host', dependencies: ['metrics', 'connections'] },
);
