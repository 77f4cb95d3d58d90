import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { throwWorkerDied } from '../errors/thread-death.js';
import { Gatherer } from '../queues/gatherer.js';
import { joinRows, rowOf } from '../queues/rows.js';
import type { Manifest } from '../registry/manifest.js';
import type { ModelTrust } from '../registry/read-trust.js';
import { MEASURES } from '../vocabulary/measures.js';
import type { Assessment, AssessWorkerOptions, MeasureTask, ScoreInput, ScoreTask } from './assessment.js';
import type { TrustSettings } from './judge.js';

/** Computes image measures and novelty in worker threads: the crops of one batch together, in one message. */
export class Assessor {
  readonly #pool: Piscina;
  readonly #measures: Gatherer<Uint8Array, Float64Array>;
  readonly #scores: Gatherer<ScoreInput & { measures: Float64Array }, number>;

  constructor(
    private readonly options: AssessWorkerOptions,
    threads: number,
  ) {
    this.#pool = new Piscina({
      // Compiled or not, as this file is.
      filename: fileURLToPath(new URL(`./assess-worker${extname(import.meta.url)}`, import.meta.url)),
      workerData: options,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: 60_000,
    });
    this.#measures = new Gatherer((crops) => this.#measure(crops), threads);
    this.#scores = new Gatherer((crops) => this.#score(crops), threads);
  }

  /**
   * Begins to measure a crop, for which the network is not needed.
   *
   * @param pixels uint8 (height, width, 3), after preprocessing.
   * @returns what ends the assessment, once the network has said what it has to.
   */
  begin(pixels: Uint8Array): (output: ScoreInput) => Promise<Assessment> {
    const { measures: wanted, novelty: scored } = this.options;
    const measuring = wanted ? this.#measures.run(pixels) : undefined;
    // It matters where it is awaited; a crop may fail before.
    measuring?.catch(() => {});
    return async ({ logits, features }) => {
      const measures = await measuring;
      const known = measures ?? new Float64Array(MEASURES.length);
      const novelty = scored && (await this.#scores.run({ logits, features, measures: known }));
      return { ...(measures && { measures }), ...(novelty !== undefined && { novelty }) };
    };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #measure(crops: readonly Uint8Array[]): Promise<Float64Array[]> {
    const task: MeasureTask = { count: crops.length, pixels: joinRows(Uint8Array, crops) };
    const transferList = [task.pixels.buffer as ArrayBuffer];
    const measures: Float64Array = await this.#pool
      .run(task, { name: 'measure', transferList })
      .catch(throwWorkerDied);
    return crops.map((_, index) => rowOf(measures, index, crops.length));
  }

  async #score(crops: readonly (ScoreInput & { measures: Float64Array })[]): Promise<number[]> {
    const task: ScoreTask = {
      count: crops.length,
      logits: joinRows(
        Float32Array,
        crops.map(({ logits }) => logits),
      ),
      features: joinRows(
        Float32Array,
        crops.map(({ features }) => features),
      ),
      measures: joinRows(
        Float64Array,
        crops.map(({ measures }) => measures),
      ),
    };
    const transferList = [task.logits, task.features, task.measures].map(
      ({ buffer }) => buffer as ArrayBuffer,
    );
    return this.#pool.run(task, { name: 'score', transferList }).catch(throwWorkerDied);
  }
}

/** What is to be computed of a version's crops. */
export function assessOptions(
  { input, outputs }: Manifest,
  { novelty, arrays }: ModelTrust,
  quality: TrustSettings['quality'],
): AssessWorkerOptions {
  return {
    width: input.width,
    height: input.height,
    featureCount: outputs.featureCount,
    measures: quality === 'on' || novelty?.weights.appearance !== undefined,
    ...(novelty && { novelty: { features: novelty.features, weights: novelty.weights, arrays } }),
  };
}
