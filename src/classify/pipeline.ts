import type { Session } from '../engines/engine.js';
import { checkStructure } from '../images/content.js';
import { TurboJpeg } from '../images/turbojpeg.js';
import { Batcher, type CropOutput } from '../queues/batcher.js';
import { Preprocessor } from '../queues/preprocessor.js';
import { Workload } from '../queues/workload.js';
import type { Manifest } from '../registry/manifest.js';
import type { ModelTrust } from '../registry/read-trust.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { ViewCount } from '../vocabulary/views.js';
import type { Assessment } from './assessment.js';
import { Assessor, assessOptions } from './assessor.js';
import type { TrustSettings } from './judge.js';
import { mean, softmax } from './probabilities.js';
import { StageTimes } from './stage-times.js';
import { viewsOf } from './views.js';

export interface PipelineOptions extends Pick<TrustSettings, 'quality'> {
  maxBatchSize: number;
  maxWaitMs: number;
  maxImagePixels: number;
  decodeThreads: number;
  /** A library's name, or `off`. */
  turbojpeg: string;
  /** Views of each crop whose logits are averaged; more than one needs a square input. */
  views: ViewCount;
}

export interface PipelineParts {
  manifest: Manifest;
  session: Session;
  trust: ModelTrust | undefined;
  metrics: Metrics;
}

/** What the model says of one crop, before it is rounded and judged. */
export interface CropResult extends Assessment {
  /** float64 (classes), in the manifest's order, summing to 1. */
  probabilities: Float64Array;
}

/** A crop that has been all the way. */
export interface SeenCrop {
  /** uint8 (height, width, 3), after preprocessing. */
  pixels: Uint8Array;
  /** What the network says of the crop itself, the first of its views. */
  output: CropOutput;
  result: CropResult;
}

/** A crop's way through one model: preprocessing, batch, network, and assessment where the version has trust data. */
export class Pipeline {
  readonly #preprocessor: Preprocessor;
  readonly #batcher: Batcher;
  readonly #assessor: Assessor | undefined;
  readonly #workload = new Workload();
  readonly #times: StageTimes;
  readonly #manifest: Manifest;

  constructor(
    { manifest, session, trust, metrics }: PipelineParts,
    private readonly options: PipelineOptions,
  ) {
    this.#manifest = manifest;
    this.#times = new StageTimes(manifest.name, metrics);
    this.#preprocessor = new Preprocessor(manifest, {
      threads: options.decodeThreads,
      maxPixels: options.maxImagePixels,
      turboJpeg: TurboJpeg.open(options.turbojpeg),
      onImage: ({ queuedAtMs, startMs, endMs }, signal) => {
        this.#times.observe({ stage: 'preprocess_queue', startMs: queuedAtMs, endMs: startMs, signal });
        this.#times.observe({ stage: 'preprocess', startMs, endMs, signal });
      },
    });
    if (trust) {
      this.#assessor = new Assessor(assessOptions(manifest, trust, options.quality), options.decodeThreads);
    }
    this.#batcher = new Batcher({
      maxBatchSize: options.maxBatchSize,
      maxWaitMs: options.maxWaitMs,
      concurrency: session.concurrency,
      ...(session.partSize !== undefined && { partSize: session.partSize }),
      ...(session.independentParts && { independentParts: true }),
      // A GPU or a remote engine has nothing to gain while the cores decode.
      ...(session.description.device === 'cpu' && { coresBusy: () => this.#preprocessor.busy }),
      run: (batch, share) => session.run(batch, share),
      onBatch: (crops, startMs, endMs) => this.#times.observeBatch(crops, startMs, endMs),
    });
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal of the crop's request; drops the crop if it is aborted while it waits.
   * @throws {ServiceError} for an image that cannot be read, or shows nothing.
   */
  run(encoded: Buffer, signal?: AbortSignal): Promise<SeenCrop> {
    return this.#run(() => this.#preprocessor.run(encoded, signal), signal);
  }

  /**
   * A crop that was preprocessed elsewhere.
   *
   * @param pixels uint8 (height, width, 3), RGB.
   * @throws {ServiceError} blank_image
   */
  runPixels(pixels: Uint8Array, signal?: AbortSignal): Promise<SeenCrop> {
    return this.#run(() => pixels, signal);
  }

  /**
   * A golden image, which may show nothing, in one view. It counts as a crop in work: the first of them tell how long one
   * takes. Its assessment brings the worker thread up before the first request.
   */
  async runGolden(encoded: Buffer): Promise<SeenCrop> {
    const seen = await this.#workload.run(async () => {
      const pixels = await this.#preprocessor.run(encoded);
      return { pixels, ...(await this.#infer(pixels, 1)) };
    });
    const { pixels, output, probabilities } = seen;
    const assessment = await this.#assessor?.begin(pixels)(output);
    return { pixels, output, result: { probabilities, ...assessment } };
  }

  /** Time until a further crop of a request would be done, in ms; see `Workload`. */
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

  async close(): Promise<void> {
    await Promise.all([this.#preprocessor.close(), this.#assessor?.close()]);
  }

  #run(preprocessed: () => Uint8Array | Promise<Uint8Array>, signal?: AbortSignal): Promise<SeenCrop> {
    return this.#workload.run(async () => {
      const pixels = await preprocessed();
      checkStructure(pixels);
      const assess = this.#assessor?.begin(pixels);
      const { output, probabilities } = await this.#infer(pixels, this.options.views, signal);
      const startMs = performance.now();
      const assessment = await assess?.(output);
      if (assessment) this.#times.observe({ stage: 'assess', startMs, endMs: performance.now(), signal });
      return { pixels, output, result: { probabilities, ...assessment } };
    }, signal);
  }

  async #infer(pixels: Uint8Array, viewCount: ViewCount, signal?: AbortSignal) {
    const { input, calibration } = this.#manifest;
    const views = viewsOf(pixels, input.width, viewCount);
    const outputs = await Promise.all(views.map((view) => this.#batcher.submit(view, signal)));
    const logits = mean(outputs.map((output) => output.logits));
    // Novelty is of the crop itself, whose scores the reference has, however many views there are.
    const [output] = outputs as [CropOutput];
    return { output, probabilities: softmax(logits, calibration.temperature) };
  }
}
