import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { Admission } from '../classify/admission.js';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/start-fastest.js';
import { ServiceError } from '../errors/problem.js';
import { Registry } from '../registry/registry.js';
import type { Settings } from '../settings/load.js';

declare module 'fastify' {
  interface FastifyInstance {
    modelHost: ModelHost;
    admission: Admission;
  }
}

/** Holds the registry and the served model; loads both on request, so that the app listens meanwhile. */
export interface ModelHost {
  /** Opens the registry, loads, checks and warms the default model. Rejects with ModelRefused. */
  load(): Promise<void>;
  /** No more ready from now on; what was admitted goes on. */
  drain(): void;
  /** @throws {ServiceError} not_ready */
  registry(): Registry;
  /**
   * The classifier of a model; the default's without names, once it is loaded, checked and warm, and until the
   * service stops. @throws {ServiceError} not_ready, unknown_model …
   */
  classifier(name?: string, version?: string): Classifier;
  /** Whether this process serves that very version. */
  serves(name: string, version: string): boolean;
}

export const modelHostPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    let registry: Registry | undefined;
    let classifier: Classifier | undefined;
    let loading: Promise<void> | undefined;
    let draining = false;

    const notReady = () =>
      new ServiceError('not_ready', draining ? 'The service is stopping.' : 'The model is still loading.', {
        retryAfterS: 1,
      });

    async function load(): Promise<void> {
      registry = await Registry.open(settings.modelsDir, settings.model);
      const { manifest } = registry.defaultVersion;
      const model = registry.defaultVersion;
      classifier = await startFastest(model, {
        settings,
        start: (engine) => Classifier.start(model, engine, settings, app.metrics),
        log: app.log,
      });
      const description = classifier.engine.describe();
      app.metrics.modelInfo.set(
        {
          model: manifest.name,
          version: manifest.version,
          engine: description.name,
          engine_version: description.version,
          precision: description.precision,
          device: description.device,
        },
        1,
      );
      app.log.info({ model: manifest.name, version: manifest.version, engine: description }, 'model ready');
    }

    const host: ModelHost = {
      load() {
        loading = load();
        return loading;
      },
      drain() {
        draining = true;
      },
      registry() {
        if (!registry) throw notReady();
        return registry;
      },
      classifier(name, version) {
        if (!classifier || draining) throw notReady();
        const { manifest } = host.registry().find(name, version);
        if (!host.serves(manifest.name, manifest.version)) {
          throw new ServiceError(
            'model_not_served',
            `${manifest.name} ${manifest.version} is not loaded here.`,
          );
        }
        return classifier;
      },
      serves(name, version) {
        const served = classifier?.model.manifest;
        return served?.name === name && served.version === version;
      },
    };

    const admission = new Admission(settings.maxImagesInFlight);
    new Gauge({
      name: 'hemoserve_images_in_flight',
      help: 'Crops admitted and not yet answered',
      registers: [app.metrics.registry],
      collect() {
        this.set(admission.inFlight);
      },
    });
    app.decorate('admission', admission);
    app.decorate('modelHost', host);
    app.addHook('preClose', async () => host.drain());
    app.addHook('onClose', async () => {
      // A process that exits while its model loads is aborted too, not only one within an inference.
      await loading?.catch(() => {});
      await classifier?.close();
    });
  },
  { name: 'model-host', dependencies: ['metrics'] },
);
