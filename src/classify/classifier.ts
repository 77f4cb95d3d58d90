import type { Device, Session } from '../engines/engine.js';
import { checkStructure } from '../images/content.js';
import { Batcher } from '../queues/batcher.js';
import { Preprocessor } from '../queues/preprocessor.js';
import { Workload } from '../queues/workload.js';
import { ModelRefused, type ModelVersion, modelId } from '../registry/registry.js';
import { checkGolden, readGolden, verifyFiles } from '../registry/verify.js';
import type { Metrics, Stage } from '../telemetry/metrics.js';
import type { ViewCount } from '../vocabulary/views.js';
import { type GoldenCrop, tryGolden } from './golden-batches.js';
import { argmax, mean, softmax } from './probabilities.js';
import { ResultCache } from './result-cache.js';
import { viewsOf } from './views.js';

export interface ClassifierOptions {
  maxBatchSize: number;
  maxWaitMs: number;
  maxImagePixels: number;
  decodeThreads: number;
  /** Views of each crop whose logits are averaged; more than one needs a square input. */
  views: ViewCount;
  /** Results kept by content; none with 0. */
  cacheEntries: number;
}

/** What the model says of one crop. */
export interface Classification {
  /** The most probable class (top-1). */
  class: string;
  probability: number;
  /** By class name, in the manifest's order. */
  probabilities: Record<string, number>;
}

/** One served model: encoded image in, class probabilities out. */
export class Classifier {
  readonly #batcher: Batcher;
  readonly #preprocessor: Preprocessor;
  readonly #workload = new Workload();
  readonly #cache: ResultCache | undefined;

  private constructor(
    readonly model: ModelVersion,
    readonly session: Session,
    private readonly options: ClassifierOptions,
    private readonly metrics: Metrics,
  ) {
    const { name, input, classes } = model.manifest;
    const observe = (stage: Stage, durationMs: number) =>
      metrics.stageDurationSeconds.observe({ model: name, stage }, durationMs / 1000);
    this.#preprocessor = new Preprocessor(model.manifest, {
      threads: options.decodeThreads,
      maxPixels: options.maxImagePixels,
      onImage: (waitMs, durationMs) => {
        observe('preprocess_queue', waitMs);
        observe('preprocess', durationMs);
      },
    });
    this.#cache = options.cacheEntries > 0 ? new ResultCache(options.cacheEntries) : undefined;
    this.#batcher = new Batcher({
      maxBatchSize: options.maxBatchSize,
      maxWaitMs: options.maxWaitMs,
      concurrency: session.concurrency,
      ...(session.partSize !== undefined && { partSize: session.partSize }),
      cropBytes: input.width * input.height * input.channels,
      classCount: classes.length,
      // A GPU has nothing to gain while the cores decode.
      ...(session.description.device === 'cpu' && { coresBusy: () => this.#preprocessor.busy }),
      run: (batch, share) => session.run(batch, share),
      onBatch: (waitsMs, inferenceMs) => {
        metrics.batchSize.observe({ model: name }, waitsMs.length);
        for (const waitMs of waitsMs) observe('queue', waitMs);
        observe('inference', inferenceMs);
      },
    });
  }

  /**
   * Checks the model's files, loads it, checks its golden outputs, and warms it up.
   *
   * @param load loads the model in an engine; called once the files are found right.
   * @throws {ModelRefused} when anything differs from the manifest; nothing stays open then.
   */
  static async start(
    model: ModelVersion,
    load: () => Promise<Session>,
    options: ClassifierOptions,
    metrics: Metrics,
  ): Promise<Classifier> {
    const { width, height } = model.manifest.input;
    let classifier: Classifier | undefined;
    try {
      if (options.views > 1 && width !== height) {
        throw new Error(`its input is no square, which ${options.views} views of a crop need`);
      }
      await verifyFiles(model);
      const session = await load();
      const started = new Classifier(model, session, options, metrics);
      classifier = started;
      await started.#try();
      return started;
    } catch (error) {
      await classifier?.close();
      if (error instanceof ModelRefused) throw error;
      throw new ModelRefused(modelId(model.manifest), (error as Error).message, { cause: error });
    }
  }

  /** Checks the golden outputs: of all on the way of every crop, then of some in each batch that the engine runs. */
  async #try(): Promise<void> {
    const { model, session, options } = this;
    const { precision, device } = session.description;
    const golden: GoldenCrop[] = [];
    for (const image of await readGolden(model)) {
      checkGolden(model, precision, image, await this.#compute(Buffer.from(image.encoded), 1));
      golden.push({ ...image, pixels: await this.#preprocessor.run(image.encoded) });
    }
    await session.warmUp(warmUpSizes(options.maxBatchSize, device), tryGolden(session, model, golden));
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal of the crop's request; drops the crop if it is aborted while it waits.
   * @throws {ServiceError} for an image that cannot be read.
   */
  async classify(encoded: Buffer, signal?: AbortSignal): Promise<Classification> {
    const { name, version, classes } = this.model.manifest;
    const probabilities = await this.probabilities(encoded, signal);
    const best = argmax(probabilities);
    const winner = classes[best] ?? '';
    this.metrics.predictions.inc({ model: name, version, class: winner });
    return {
      class: winner,
      probability: rounded(probabilities[best] ?? 0),
      probabilities: Object.fromEntries(
        classes.map((className, index) => [className, rounded(probabilities[index] ?? 0)]),
      ),
    };
  }

  /**
   * The class probabilities as `classify` gives them, before they are rounded; counted in no metric of predictions.
   *
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal of the crop's request; drops the crop if it is aborted while it waits.
   * @returns float64 (classes), in the manifest's order, summing to 1.
   * @throws {ServiceError} for an image that cannot be read.
   */
  async probabilities(encoded: Buffer, signal?: AbortSignal): Promise<Float64Array> {
    // Golden images may be anything; of a crop that shows nothing there is nothing to say.
    const compute = () => this.#compute(encoded, this.views, signal, checkStructure);
    if (!this.#cache) return compute();
    const { probabilities, hit } = await this.#cache.get(encoded, compute);
    this.metrics.cacheLookups.inc({ result: hit ? 'hit' : 'miss' });
    return probabilities;
  }

  /**
   * Time until a further crop of a request would be classified, in ms, by what is in work and how fast that gets done.
   *
   * @param signal of the request.
   * @returns 0 where no other request has crops in work.
   */
  expectedMs(signal?: AbortSignal): number {
    return this.#workload.expectedMs(signal);
  }

  /** How long no crop has been in work, in ms. */
  get idleMs(): number {
    return this.#workload.idleMs;
  }

  /** Crops that wait: for a thread to decode them, and for a batch. */
  get queueLengths(): Record<'preprocess_queue' | 'queue', number> {
    return { preprocess_queue: this.#preprocessor.queueLength, queue: this.#batcher.queueLength };
  }

  /** Views of each crop whose logits are averaged. */
  get views(): ViewCount {
    return this.options.views;
  }

  async close(): Promise<void> {
    await Promise.all([this.session.close(), this.#preprocessor.close()]);
  }

  #compute(
    encoded: Buffer,
    viewCount: ViewCount,
    signal?: AbortSignal,
    check?: (pixels: Uint8Array) => void,
  ): Promise<Float64Array> {
    return this.#workload.run(() => this.#infer(encoded, viewCount, signal, check), signal);
  }

  async #infer(
    encoded: Buffer,
    viewCount: ViewCount,
    signal?: AbortSignal,
    check?: (pixels: Uint8Array) => void,
  ): Promise<Float64Array> {
    const { input, calibration } = this.model.manifest;
    const pixels = await this.#preprocessor.run(encoded, signal);
    check?.(pixels);
    const views = viewsOf(pixels, input.width, viewCount);
    const logits = await Promise.all(views.map((view) => this.#batcher.submit(view, signal)));
    return softmax(mean(logits), calibration.temperature);
  }
}

/**
 * The batch sizes to run once. On the GPU all that the batcher can form, since CUDA's libraries choose their
 * kernels for each size, which costs seconds; on the CPU, where a size costs little, powers of two and the largest.
 */
function warmUpSizes(maxBatchSize: number, device: Device): number[] {
  if (device === 'gpu') return Array.from({ length: maxBatchSize }, (_, index) => index + 1);
  const sizes = new Set([maxBatchSize]);
  for (let size = 1; size < maxBatchSize; size *= 2) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/** Six significant digits, which is what float32 arithmetic is good for. */
function rounded(probability: number): number {
  return Number(probability.toPrecision(6));
}
