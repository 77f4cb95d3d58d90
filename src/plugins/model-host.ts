import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { Admission } from '../classify/admission.js';
import { Classifier } from '../classify/classifier.js';
import { createEngine } from '../engines/create.js';
import { ModelHost } from '../models/model-host.js';
import type { Settings } from '../settings/load.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Loads on request, so that the app listens meanwhile. */
    modelHost: ModelHost;
    admission: Admission;
  }
}

export const modelHostPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { log, metrics, stop } = app;
    const admission = new Admission(settings.maxImagesInFlight);
    new Gauge({
      name: 'hemoserve_images_in_flight',
      help: 'Crops admitted and not yet answered',
      registers: [metrics.registry],
      collect() {
        this.set(admission.inFlight);
      },
    });
    const modelHost = new ModelHost({
      settings,
      start: async (model) => Classifier.start(model, await createEngine(settings), settings, metrics),
      metrics,
      log,
      stop: stop.signal,
    });
    app.decorate('admission', admission);
    app.decorate('modelHost', modelHost);
    app.addHook('onClose', () => modelHost.close());
  },
  { name: 'model-host', dependencies: ['metrics', 'connections'] },
);
