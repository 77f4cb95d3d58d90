import type { FastifyBaseLogger } from 'fastify';
import type { Classifier } from '../classify/classifier.js';
import { ServiceError } from '../errors/problem.js';
import { ModelRefused, type ModelVersion, modelId, Registry } from '../registry/registry.js';
import type { Settings } from '../settings/schema.js';
import type { Metrics } from '../telemetry/metrics.js';
import { exchange } from './exchange.js';
import { improveWhenIdle } from './improvement.js';
import { type Lease, ServedModel, type StartedModel } from './leases.js';
import { startWithin } from './loading.js';
import type { RegistrySource } from './registry-source.js';
import { returnMemory } from './return-memory.js';

export interface ModelHostOptions {
  settings: Pick<Settings, 'modelsDir' | 'models' | 'modelMemoryMiB' | 'sources'>;
  /** Where the registry comes from, if it is not in the folder of the settings. */
  source?: RegistrySource | undefined;
  /** Loads, checks and warms a version. */
  start: (model: ModelVersion) => Promise<StartedModel>;
  metrics: Metrics;
  log: FastifyBaseLogger;
  /** Aborted when the service begins to stop. */
  stop: AbortSignal;
}

export interface ModelName {
  name: string;
  version: string;
}

/** What a reload changed. */
export interface Reload {
  /** The one that answers requests that name no model. */
  default: ModelName;
  loaded: ModelName[];
  /** No more served; closed when the requests that use them are done. */
  retired: ModelName[];
  kept: ModelName[];
}

/** What is served at a time; replaced as a whole. */
interface State {
  registry: Registry;
  /** In the settings' order, the default first. */
  served: readonly ServedModel[];
}

/** Holds the registry and the served models, and exchanges them while requests go on. */
export class ModelHost {
  #state: State | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  #improving: Promise<void> = Promise.resolve();
  readonly #draining = new Map<ServedModel, Promise<void>>();

  constructor(private readonly options: ModelHostOptions) {}

  /**
   * Reads the registry and serves what the settings select there: loads, checks and warms what is not served yet
   * beside what is, and then exchanges all at once. A version that is served already is kept as it is. One load
   * runs after the other.
   *
   * @throws {ModelRefused} and changes nothing when one of the models is refused or the memory budget too small.
   */
  load(): Promise<Reload> {
    const load = this.#loading.then(() => this.#load());
    this.#loading = load.catch(() => {});
    return load;
  }

  /**
   * A load while the service runs: logged and counted.
   *
   * @throws {ServiceError} reload_failed with the reason, or not_ready while the service stops.
   */
  async reload(): Promise<Reload> {
    const { log, metrics } = this.options;
    try {
      const reload = await this.load();
      metrics.reloads.inc({ outcome: 'succeeded' });
      log.info(reload, 'models reloaded');
      return reload;
    } catch (error) {
      metrics.reloads.inc({ outcome: 'failed' });
      log.error(error, 'reload failed; what was served is still served');
      if (error instanceof ServiceError) throw error;
      throw new ServiceError('reload_failed', (error as Error).message, { cause: error });
    }
  }

  /** @throws {ServiceError} not_ready */
  registry(): Registry {
    return this.#ready().registry;
  }

  /** A version of the registry as it is served; undefined if it isn't. */
  served({ manifest: { name, version } }: ModelVersion): ServedModel | undefined {
    return this.#state?.served.find(({ model: { manifest } }) => {
      return manifest.name === name && manifest.version === version;
    });
  }

  /** Of all that is served. */
  get classifiers(): Classifier[] {
    return (this.#state?.served ?? []).map(({ classifier }) => classifier);
  }

  /**
   * The classifier of a served model, for a look at it; a request that uses it takes a `lease`.
   *
   * @throws {ServiceError} as `lease`.
   */
  classifier(name?: string, version?: string): Classifier {
    return this.#find(name, version).classifier;
  }

  /**
   * A served model for one request: the default without a name, the first in the settings' order without a
   * version.
   *
   * @throws {ServiceError} not_ready, unknown_model, unknown_version or model_not_served.
   */
  lease(name?: string, version?: string): Lease {
    return this.#find(name, version).lease();
  }

  /** Waits for a load that runs and for all leases, then closes every engine. */
  async close(): Promise<void> {
    // A process that exits while a model loads is aborted too, not only one within an inference.
    await this.#improving;
    await this.#loading;
    for (const served of this.#state?.served ?? []) this.#retire(served);
    this.#state = undefined;
    await Promise.all(this.#draining.values());
    this.options.source?.close();
  }

  #throwIfStopping(): void {
    if (this.options.stop.aborted) throw notReady('The service is stopping.');
  }

  #ready(): State {
    this.#throwIfStopping();
    if (!this.#state) throw notReady('The model is still loading.');
    return this.#state;
  }

  #find(name: string | undefined, version: string | undefined): ServedModel {
    const { registry, served } = this.#ready();
    const wanted = name ?? registry.defaultVersion.manifest.name;
    const found = served.find(({ model: { manifest } }) => {
      return manifest.name === wanted && (version === undefined || manifest.version === version);
    });
    if (found) return found;
    const { manifest } = registry.find(wanted, version);
    throw new ServiceError('model_not_served', `${manifest.name} ${manifest.version} is not loaded here.`);
  }

  async #load(): Promise<Reload> {
    this.#throwIfStopping();
    const registry = await this.#open();
    checkSources(this.options.settings.sources, registry);
    for (const { folder, refusal } of registry.skipped) {
      this.options.log.warn({ folder, reason: refusal.reason }, 'a folder of the registry is skipped');
    }
    const { served, started, retired } = await exchange(
      registry.selected,
      this.#state?.served ?? [],
      (model, startedBefore) => this.#start(model, startedBefore),
    );
    this.#state = { registry, served };
    this.#announce(served, started);
    for (const model of retired) this.#retire(model);
    for (const model of started) this.#improve(model);
    return {
      default: nameOf(served[0] as ServedModel),
      loaded: started.map(nameOf),
      retired: retired.map(nameOf),
      kept: served.filter((model) => !started.includes(model)).map(nameOf),
    };
  }

  /** Reads the registry, with what is selected there on this machine. */
  async #open(): Promise<Registry> {
    const { source, settings, log } = this.options;
    const now = this.#state?.served.map(({ model }) => modelId(model.manifest)) ?? [];
    await source?.refresh(now).catch((error) => {
      // A start has what an earlier one has fetched; a reload is asked for what is new.
      if (this.#state) throw error;
      log.warn(error, 'the registry cannot be read; the models are those of the last time');
    });
    const registry = await Registry.open(source?.folder ?? settings.modelsDir, settings.models, now);
    for (const model of registry.selected) await source?.fetch(model);
    return registry;
  }

  async #start(model: ModelVersion, started: readonly ServedModel[]): Promise<ServedModel> {
    this.#throwIfStopping();
    const { settings, start } = this.options;
    const budgetMiB = settings.modelMemoryMiB ?? Number.POSITIVE_INFINITY;
    return startWithin(budgetMiB, model, [...this.#loaded(), ...started], start);
  }

  /** Exchanges a model for one that runs it clearly faster, if there is one, once that is measured. */
  #improve(model: ServedModel): void {
    const { log, stop, settings } = this.options;
    this.#improving = this.#improving.then(async () => {
      const better = await improveWhenIdle(model, {
        classifiers: () => this.classifiers,
        memoryMiB: () => this.#loaded().reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
        budgetMiB: settings.modelMemoryMiB ?? Number.POSITIVE_INFINITY,
        log,
        stop,
      });
      if (!better) return;
      const replaced = this.#loading.then(() => this.#replace(model, better));
      this.#loading = replaced;
      await replaced;
    });
  }

  /** As a reload does, unless one has taken the model away meanwhile. */
  async #replace(model: ServedModel, better: Classifier): Promise<void> {
    const state = this.#state;
    if (!state?.served.includes(model)) return better.close();
    const next = new ServedModel(better, model.memoryMiB);
    const served = state.served.map((one) => (one === model ? next : one));
    this.#state = { ...state, served };
    this.#announce(served, [next]);
    this.#retire(model);
  }

  /** All in memory but what is being started. */
  #loaded(): ServedModel[] {
    return [...(this.#state?.served ?? []), ...this.#draining.keys()];
  }

  #announce(served: readonly ServedModel[], started: readonly ServedModel[]): void {
    const { log, metrics } = this.options;
    metrics.modelInfo.reset();
    for (const model of served) {
      const { name, version } = nameOf(model);
      const engine = model.classifier.session.description;
      metrics.modelInfo.set(
        {
          model: name,
          version,
          engine: engine.name,
          engine_version: engine.version,
          precision: engine.precision,
          device: engine.device,
        },
        1,
      );
      if (!started.includes(model)) continue;
      log.info({ model: name, version, engine, memoryMiB: model.memoryMiB }, 'model ready');
    }
  }

  #retire(served: ServedModel): void {
    const { log } = this.options;
    const closed = served
      .retire()
      .then(returnMemory)
      .then(
        () => log.info(nameOf(served), 'model closed'),
        (error) => log.error(error, 'a model did not close'),
      )
      .finally(() => this.#draining.delete(served));
    this.#draining.set(served, closed);
  }
}

/** @throws {ModelRefused} where a source is to be answered by a version that is not served. */
function checkSources(sources: Settings['sources'], { selected }: Registry): void {
  const served = selected.map(({ manifest }) => modelId(manifest));
  for (const [source, wanted] of Object.entries(sources)) {
    if (!wanted || served.includes(modelId(wanted))) continue;
    throw new ModelRefused(
      modelId(wanted),
      `HEMOSERVE_SOURCES says that it answers ${source}, but HEMOSERVE_MODELS does not have it served`,
    );
  }
}

function notReady(detail: string): ServiceError {
  return new ServiceError('not_ready', detail, { retryAfterS: 1 });
}

function nameOf({ model: { manifest } }: ServedModel): ModelName {
  return { name: manifest.name, version: manifest.version };
}
