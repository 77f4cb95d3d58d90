import type { Session } from '../engines/engine.js';
import { ServiceError } from '../errors/problem.js';
import { checkStructure } from '../images/content.js';
import { type Heatmap, heatmap } from '../images/heatmap.js';
import { TurboJpeg } from '../images/turbojpeg.js';
import { Batcher, type CropOutput, type QueuedCrop } from '../queues/batcher.js';
import { Preprocessor } from '../queues/preprocessor.js';
import { Workload } from '../queues/workload.js';
import { type ModelTrust, readTrust } from '../registry/read-trust.js';
import { ModelRefused, type ModelVersion, modelId } from '../registry/registry.js';
import { checkGolden, type GoldenImage, readGolden } from '../registry/verify.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { StageTime } from '../telemetry/stages.js';
import type { Reference } from '../trust/drift/quantities.js';
import type { ViewCount } from '../vocabulary/views.js';
import type { Assessment } from './assessment.js';
import { Assessor } from './assessor.js';
import { type GoldenCrop, tryGolden, warmUpSizes } from './golden-batches.js';
import { Judge, type Judgement, type TrustSettings, type TrustTerms } from './judge.js';
import { loadVerified } from './load-verified.js';
import { argmax, mean, rounded, softmax } from './probabilities.js';
import { referenceOf } from './reference.js';
import { ResultCache } from './result-cache.js';
import { viewsOf } from './views.js';

export interface ClassifierOptions extends TrustSettings {
  maxBatchSize: number;
  maxWaitMs: number;
  maxImagePixels: number;
  decodeThreads: number;
  /** A library's name, or `off`. */
  turbojpeg: string;
  /** Views of each crop whose logits are averaged; more than one needs a square input. */
  views: ViewCount;
  /** Results kept by content; none with 0. */
  cacheEntries: number;
}

/** What the model says of one crop, before it is rounded and judged. */
export interface CropResult extends Assessment {
  /** float64 (classes), in the manifest's order, summing to 1. */
  probabilities: Float64Array;
}

/** What the model says of one crop; judged where its version has trust data. */
export interface Classification extends Partial<Judgement> {
  /** The most probable class (top-1). */
  class: string;
  probability: number;
  /** By class name, in the manifest's order. */
  probabilities: Record<string, number>;
  /** Where the network sees that class, if the request asks for it. */
  heatmap?: Heatmap;
}

/** A crop on its way. */
interface Inference {
  pixels: Uint8Array;
  /** What the network says of the crop itself, the first of its views. */
  output: CropOutput;
  probabilities: Float64Array;
}

/** What the model said of a golden image, before it was rounded; by class, in the manifest's order. */
export type GoldenOutput = Pick<GoldenImage, 'image' | 'probabilities'>;

/** One served model: encoded image in, class probabilities out. */
export class Classifier {
  readonly #batcher: Batcher;
  readonly #preprocessor: Preprocessor;
  readonly #workload = new Workload();
  readonly #cache: ResultCache<CropResult> | undefined;
  readonly #assessor: Assessor | undefined;
  readonly #judge: Judge | undefined;
  readonly #golden: GoldenOutput[] = [];
  /** What usual crops look like, where its version has that. */
  readonly reference: Reference | undefined;

  private constructor(
    readonly model: ModelVersion,
    readonly session: Session,
    private readonly options: ClassifierOptions,
    private readonly metrics: Metrics,
    /** What its answers are judged against, where its version has that. */
    readonly trust: ModelTrust | undefined,
  ) {
    const { input, classes } = model.manifest;
    this.#preprocessor = new Preprocessor(model.manifest, {
      threads: options.decodeThreads,
      maxPixels: options.maxImagePixels,
      turboJpeg: TurboJpeg.open(options.turbojpeg),
      onImage: ({ queuedAtMs, startMs, endMs }, signal) => {
        this.#observe({ stage: 'preprocess_queue', startMs: queuedAtMs, endMs: startMs, signal });
        this.#observe({ stage: 'preprocess', startMs, endMs, signal });
      },
    });
    this.#cache = options.cacheEntries > 0 ? new ResultCache(options.cacheEntries) : undefined;
    if (trust) {
      this.reference = referenceOf(trust, session.description.precision);
      const { novelty, arrays } = trust;
      const { width, height } = input;
      const scores = novelty && { features: novelty.features, weights: novelty.weights, arrays };
      const { featureCount } = model.manifest.outputs;
      const measures = options.quality === 'on' || novelty?.weights.appearance !== undefined;
      const assessed = { width, height, featureCount, measures, ...(scores && { novelty: scores }) };
      this.#assessor = new Assessor(assessed, options.decodeThreads);
      this.#judge = new Judge(classes, trust, session.description.precision, options);
    }
    this.#batcher = new Batcher({
      maxBatchSize: options.maxBatchSize,
      maxWaitMs: options.maxWaitMs,
      concurrency: session.concurrency,
      ...(session.partSize !== undefined && { partSize: session.partSize }),
      ...(session.independentParts && { independentParts: true }),
      cropBytes: input.width * input.height * input.channels,
      // A GPU or a remote engine has nothing to gain while the cores decode.
      ...(session.description.device === 'cpu' && { coresBusy: () => this.#preprocessor.busy }),
      run: (batch, share) => session.run(batch, share),
      onBatch: (crops, startMs, endMs) => this.#observeBatch(crops, startMs, endMs),
    });
  }

  /**
   * Checks the model's files, loads it, checks its golden outputs, and warms it up.
   *
   * @param load loads the model in an engine, while its files are checked: both take long.
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
      const session = await loadVerified(model, load);
      const trust = await readTrust(model).catch(async (error) => {
        await session.close();
        throw error;
      });
      const started = new Classifier(model, session, options, metrics, trust);
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
    const images = await readGolden(model);
    const golden = await Promise.all(images.map((image) => this.#tryGolden(image)));
    this.#golden.push(...golden.map(({ image, output }) => ({ image, probabilities: output })));
    await session.warmUp(
      warmUpSizes(options.maxBatchSize, session.description.device),
      tryGolden(session, model, golden),
    );
  }

  /** As a crop in work, of which the first tell how long one takes, and since when the model is idle. */
  async #tryGolden(image: GoldenImage): Promise<GoldenCrop & { output: number[] }> {
    const { model, session } = this;
    const encoded = Buffer.from(image.encoded);
    const { pixels, output, probabilities } = await this.#workload.run(async () =>
      this.#infer(await this.#preprocessor.run(encoded), 1),
    );
    checkGolden(model, session.description, image, probabilities);
    // So that its thread is there, and works, before the first request.
    await this.#assessor?.begin(pixels)(output);
    return { ...image, pixels, output: [...probabilities] };
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal of the crop's request; drops the crop if it is aborted while it waits.
   * @param explain what the answer is to be explained with.
   * @throws {ServiceError} for an image that cannot be read, and no_heatmap.
   */
  async classify(encoded: Buffer, signal?: AbortSignal, explain?: 'heatmap'): Promise<Classification> {
    if (explain) this.ensureExplains();
    const explained = explain && (await this.#explain(encoded, signal));
    const result = explained?.result ?? (await this.result(encoded, signal));
    return { ...this.#answer(result), ...(explained && { heatmap: explained.heatmap }) };
  }

  /**
   * As `classify`, of a crop that was preprocessed elsewhere as the manifest says. It is looked up in no cache.
   *
   * @param pixels uint8 (height, width, 3), RGB.
   * @throws {ServiceError} blank_image
   */
  async classifyPixels(pixels: Uint8Array, signal?: AbortSignal): Promise<Classification> {
    const { result } = await this.#assess(() => pixels, signal);
    return this.#answer(result);
  }

  /**
   * What `classify` answers, before it is rounded and judged; counted in no metric of predictions.
   *
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal of the crop's request; drops the crop if it is aborted while it waits.
   * @throws {ServiceError} for an image that cannot be read.
   */
  async result(encoded: Buffer, signal?: AbortSignal): Promise<CropResult> {
    const compute = async () => (await this.#compute(encoded, signal)).result;
    if (!this.#cache) return compute();
    const { result, hit } = await this.#cache.get(encoded, compute);
    this.metrics.cacheLookups.inc({ result: hit ? 'hit' : 'miss' });
    return result;
  }

  /** The decision on a result, and what it is made from; undefined where the version has no trust data. */
  judge(result: CropResult): Judgement | undefined {
    return this.#judge?.judge(result.probabilities, result);
  }

  /** How answers are judged, and what they lack. */
  get trustTerms(): TrustTerms {
    const { conformalLevel, leastProbability, falseAlarmRate } = this.options;
    const missing = this.#judge?.missing ?? (['decision', 'predictionSet', 'novelty', 'quality'] as const);
    return { conformalLevel, leastProbability, falseAlarmRate, missing: [...missing] };
  }

  /** @throws {ServiceError} no_heatmap where the version gives no activation maps. */
  ensureExplains(): void {
    if (this.model.manifest.outputs.activationMaps) return;
    const id = modelId(this.model.manifest);
    throw new ServiceError(
      'no_heatmap',
      `${id} has no output of activation maps, from which heat maps are made.`,
    );
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

  /** What it said of the golden images at its start, with one view of each. */
  get golden(): readonly GoldenOutput[] {
    return this.#golden;
  }

  /** Views of each crop whose logits are averaged. */
  get views(): ViewCount {
    return this.options.views;
  }

  async close(): Promise<void> {
    await Promise.all([this.session.close(), this.#preprocessor.close(), this.#assessor?.close()]);
  }

  /** Times a stage of one crop. */
  #observe(time: StageTime): void {
    const model = this.model.manifest.name;
    this.metrics.stageDurationSeconds.observe(
      { model, stage: time.stage },
      (time.endMs - time.startMs) / 1000,
    );
    this.metrics.onStage?.(time);
  }

  /** Times the wait of each crop of a batch, and its inference: once, but in the trace of each of its requests. */
  #observeBatch(crops: readonly QueuedCrop[], startMs: number, endMs: number): void {
    const { name: model } = this.model.manifest;
    const { batchSize, stageDurationSeconds, onStage } = this.metrics;
    batchSize.observe({ model }, crops.length);
    for (const { queuedAtMs, signal } of crops) {
      this.#observe({ stage: 'queue', startMs: queuedAtMs, endMs: startMs, signal });
    }
    const stage = 'inference';
    stageDurationSeconds.observe({ model, stage }, (endMs - startMs) / 1000);
    if (!onStage) return;
    for (const signal of new Set(crops.map((crop) => crop.signal))) {
      onStage({ stage, startMs, endMs, signal, batchSize: crops.length });
    }
  }

  #answer(result: CropResult): Classification {
    const { classes } = this.model.manifest;
    const { probabilities } = result;
    const best = argmax(probabilities);
    const judgement = this.judge(result);
    this.#count(classes[best] ?? '', judgement);
    return {
      class: classes[best] ?? '',
      probability: rounded(probabilities[best] ?? 0),
      probabilities: Object.fromEntries(
        classes.map((className, index) => [className, rounded(probabilities[index] ?? 0)]),
      ),
      ...judgement,
    };
  }

  #count(className: string, judgement: Judgement | undefined): void {
    const { name: model, version } = this.model.manifest;
    this.metrics.predictions.inc({ model, version, class: className });
    if (!judgement) return;
    this.metrics.decisions.inc({ model, version, decision: judgement.decision });
    for (const reason of judgement.reasons) this.metrics.reviewReasons.inc({ model, version, reason });
  }

  /** With a heat map of the most probable class; never from the cache, which keeps no pictures. */
  async #explain(encoded: Buffer, signal?: AbortSignal): Promise<{ result: CropResult; heatmap: Heatmap }> {
    const { input, classes, outputs } = this.model.manifest;
    const { result, inference } = await this.#compute(encoded, signal);
    const best = argmax(result.probabilities);
    const { activationMaps: values = new Float32Array() } = inference.output;
    const { width = 0, height = 0 } = outputs.activationMaps ?? {};
    const map = { values, width, height, channels: classes.length };
    const crop = { pixels: inference.pixels, width: input.width, height: input.height };
    return { result, heatmap: { class: classes[best] ?? '', png: await heatmap(crop, map, best) } };
  }

  #compute(encoded: Buffer, signal?: AbortSignal): Promise<{ inference: Inference; result: CropResult }> {
    return this.#assess(() => this.#preprocessor.run(encoded, signal), signal);
  }

  #assess(
    preprocessed: () => Uint8Array | Promise<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<{ inference: Inference; result: CropResult }> {
    return this.#workload.run(async () => {
      const pixels = await preprocessed();
      // Golden images may be anything; of a crop that shows nothing there is nothing to say.
      checkStructure(pixels);
      const assess = this.#assessor?.begin(pixels);
      const inference = await this.#infer(pixels, this.views, signal);
      const { output, probabilities } = inference;
      const startMs = performance.now();
      const assessment = await assess?.(output);
      if (assessment) this.#observe({ stage: 'assess', startMs, endMs: performance.now(), signal });
      return { inference, result: { probabilities, ...assessment } };
    }, signal);
  }

  async #infer(pixels: Uint8Array, viewCount: ViewCount, signal?: AbortSignal): Promise<Inference> {
    const { input, calibration } = this.model.manifest;
    const views = viewsOf(pixels, input.width, viewCount);
    const outputs = await Promise.all(views.map((view) => this.#batcher.submit(view, signal)));
    const logits = mean(outputs.map((output) => output.logits));
    // Novelty is of the crop itself, whose scores the reference has, however many views there are.
    const [output] = outputs as [CropOutput];
    return { pixels, output, probabilities: softmax(logits, calibration.temperature) };
  }
}
