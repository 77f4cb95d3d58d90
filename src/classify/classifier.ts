import type { Session } from '../engines/engine.js';
import { ServiceError } from '../errors/problem.js';
import { type Heatmap, heatmap } from '../images/heatmap.js';
import { type ModelTrust, readTrust } from '../registry/read-trust.js';
import { ModelRefused, type ModelVersion, modelId } from '../registry/registry.js';
import { checkGolden, type GoldenImage, readGolden } from '../registry/verify.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Reference } from '../trust/drift/quantities.js';
import type { ViewCount } from '../vocabulary/views.js';
import { type GoldenCrop, tryGolden, warmUpSizes } from './golden-batches.js';
import { Judge, type Judgement, type TrustSettings, type TrustTerms } from './judge.js';
import { loadVerified } from './load-verified.js';
import { type CropResult, Pipeline, type PipelineOptions } from './pipeline.js';
import { argmax, rounded } from './probabilities.js';
import { referenceOf } from './reference.js';
import { ResultCache } from './result-cache.js';

export interface ClassifierOptions extends PipelineOptions, TrustSettings {
  /** Results kept by content; none with 0. */
  cacheEntries: number;
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

/** What the model said of a golden image, before it was rounded; by class, in the manifest's order. */
export type GoldenOutput = Pick<GoldenImage, 'image' | 'probabilities'>;

/** One served model: encoded image in, class probabilities out. */
export class Classifier {
  readonly #pipeline: Pipeline;
  readonly #cache: ResultCache<CropResult> | undefined;
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
    const { manifest } = model;
    const { precision } = session.description;
    this.#pipeline = new Pipeline({ manifest, session, trust, metrics }, options);
    this.#cache = options.cacheEntries > 0 ? new ResultCache(options.cacheEntries) : undefined;
    if (!trust) return;
    this.reference = referenceOf(trust, precision);
    this.#judge = new Judge(manifest.classes, trust, precision, options);
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

  async #tryGolden(image: GoldenImage): Promise<GoldenCrop & { output: number[] }> {
    const { pixels, result } = await this.#pipeline.runGolden(Buffer.from(image.encoded));
    checkGolden(this.model, this.session.description, image, result.probabilities);
    return { ...image, pixels, output: [...result.probabilities] };
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
    const { result } = await this.#pipeline.runPixels(pixels, signal);
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
    const compute = async () => (await this.#pipeline.run(encoded, signal)).result;
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
    return this.#pipeline.expectedMs(signal);
  }

  /** How long no crop has been in work, in ms. */
  get idleMs(): number {
    return this.#pipeline.idleMs;
  }

  /** Crops that wait: for a thread to decode them, and for a batch. */
  get queueLengths(): Record<'preprocess_queue' | 'queue', number> {
    return this.#pipeline.queueLengths;
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
    await Promise.all([this.session.close(), this.#pipeline.close()]);
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
    const { pixels, output, result } = await this.#pipeline.run(encoded, signal);
    const best = argmax(result.probabilities);
    const { activationMaps: values = new Float32Array() } = output;
    const { width = 0, height = 0 } = outputs.activationMaps ?? {};
    const map = { values, width, height, channels: classes.length };
    const crop = { pixels, width: input.width, height: input.height };
    return { result, heatmap: { class: classes[best] ?? '', png: await heatmap(crop, map, best) } };
  }
}
