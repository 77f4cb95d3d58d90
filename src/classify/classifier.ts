import type { InferenceEngine } from '../engines/engine.js';
import { preprocess } from '../images/preprocess.js';
import { type Metrics, secondsSince } from '../metrics/metrics.js';
import { label, ModelRefused, type ModelVersion } from '../registry/registry.js';
import { verifyFiles, verifyGolden } from '../registry/verify.js';
import { Batcher } from './batcher.js';
import { argmax, softmax } from './probabilities.js';

export interface ClassifierOptions {
  maxBatchSize: number;
  maxImagePixels: number;
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

  private constructor(
    readonly model: ModelVersion,
    readonly engine: InferenceEngine,
    private readonly options: ClassifierOptions,
    private readonly metrics: Metrics,
  ) {
    const { input, classes } = model.manifest;
    this.#batcher = new Batcher({
      maxBatchSize: options.maxBatchSize,
      cropBytes: input.width * input.height * input.channels,
      classCount: classes.length,
      run: (batch) => engine.run(batch),
      onBatch: (size, waitMs, inferenceMs) => {
        metrics.batchSize.observe(size);
        metrics.stageDurationSeconds.observe({ stage: 'queue' }, waitMs / 1000);
        metrics.stageDurationSeconds.observe({ stage: 'inference' }, inferenceMs / 1000);
      },
    });
  }

  /**
   * Checks the model's files, loads it, checks its golden outputs, and warms it up.
   *
   * @throws {ModelRefused} when anything differs from the manifest; the engine is closed then.
   */
  static async start(
    model: ModelVersion,
    engine: InferenceEngine,
    options: ClassifierOptions,
    metrics: Metrics,
  ): Promise<Classifier> {
    try {
      await verifyFiles(model);
      await engine.load(model);
      const classifier = new Classifier(model, engine, options, metrics);
      await verifyGolden(model, engine.describe().precision, (encoded) => classifier.probabilities(encoded));
      await engine.warmUp(warmUpSizes(options.maxBatchSize));
      return classifier;
    } catch (error) {
      await engine.close();
      if (error instanceof ModelRefused) throw error;
      throw new ModelRefused(label(model.manifest), (error as Error).message, { cause: error });
    }
  }

  /**
   * @param encoded a JPEG, PNG, BMP or TIFF file.
   * @param signal drops the crop if it is aborted while it waits.
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
   * @param signal drops the crop if it is aborted while it waits.
   * @returns float64 (classes), in the manifest's order, summing to 1.
   * @throws {ServiceError} for an image that cannot be read.
   */
  async probabilities(encoded: Buffer, signal?: AbortSignal): Promise<Float64Array> {
    const startMs = performance.now();
    const pixels = await preprocess(encoded, this.model.manifest, this.options.maxImagePixels);
    this.metrics.stageDurationSeconds.observe({ stage: 'preprocess' }, secondsSince(startMs));
    const logits = await this.#batcher.submit(pixels, signal);
    return softmax(logits, this.model.manifest.calibration.temperature);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

/** Powers of two up to the largest batch, and that one: onnxruntime plans memory for each size it meets. */
function warmUpSizes(maxBatchSize: number): number[] {
  const sizes = new Set([maxBatchSize]);
  for (let size = 1; size < maxBatchSize; size *= 2) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/** Six significant digits, which is what float32 arithmetic is good for. */
function rounded(probability: number): number {
  return Number(probability.toPrecision(6));
}
