import type { ModelTrust } from '../registry/read-trust.js';
import { type ConformalSets, conformalSets, predictionSet } from '../trust/conformal.js';
import { decide } from '../trust/decision.js';
import { type QualityLimits, qualityLimits, unusualMeasures } from '../trust/quality.js';
import { quantile } from '../trust/quantiles.js';
import { MEASURES, type Measure } from '../vocabulary/measures.js';
import type { Precision } from '../vocabulary/precisions.js';
import type { Decision, Reason } from '../vocabulary/reasons.js';
import type { Assessment } from './assessment.js';
import { argmax, rounded } from './probabilities.js';

/** How answers are judged. */
export interface TrustSettings {
  /** Share of crops whose class is to be in its conformal set. */
  conformalLevel: number;
  /** An answer with a smaller probability goes to a person. */
  leastProbability: number;
  /** Share of usual crops that may count as novel, and again as of poor quality. */
  falseAlarmRate: number;
  /** Whether the image's quality is judged. */
  quality: 'on' | 'off';
}

/** What results may lack. */
export type Missing = keyof Pick<Judgement, 'decision' | 'predictionSet' | 'novelty' | 'quality'>;

/** How answers are judged, for an answer to say. */
export interface TrustTerms extends Omit<TrustSettings, 'quality'> {
  missing: Missing[];
}

/** An image measure outside its limits. */
export interface UnusualMeasure {
  measure: Measure;
  value: number;
  lower: number;
  upper: number;
}

/** What an answer has beside its probabilities. */
export interface Judgement {
  decision: Decision;
  /** None of an accepted answer. */
  reasons: Reason[];
  /** The conformal set, by class name. */
  predictionSet: string[];
  novelty?: { score: number; threshold: number };
  quality?: { measures: Record<Measure, number>; unusual: UnusualMeasure[] };
}

/** Judges the answers of a model that has trust data. */
export class Judge {
  readonly #sets: ConformalSets;
  readonly #noveltyThreshold: number | undefined;
  readonly #limits: QualityLimits;

  constructor(
    private readonly classes: readonly string[],
    { conformal, novelty, measures, grid }: ModelTrust,
    precision: Precision,
    private readonly settings: TrustSettings,
  ) {
    const { conformalLevel, falseAlarmRate, quality } = settings;
    this.#sets = conformalSets(
      classes.map((name) => conformal.scores[name] ?? []),
      conformalLevel,
    );
    const scores = novelty?.quantiles[precision];
    this.#noveltyThreshold = scores && quantile({ grid, values: scores }, 1 - falseAlarmRate);
    this.#limits = quality === 'on' ? qualityLimits(measures, grid, falseAlarmRate) : {};
  }

  /** What its judgements lack. */
  get missing(): Missing[] {
    return [
      ...(this.#noveltyThreshold === undefined ? (['novelty'] as const) : []),
      ...(this.settings.quality === 'off' ? (['quality'] as const) : []),
    ];
  }

  /** @param probabilities (classes), calibrated. */
  judge(probabilities: ArrayLike<number>, { measures, novelty }: Assessment): Judgement {
    const top = argmax(probabilities);
    const set = predictionSet(this.#sets, probabilities);
    const threshold = this.#noveltyThreshold;
    const found =
      novelty !== undefined && threshold !== undefined ? { score: novelty, threshold } : undefined;
    const judged = this.settings.quality === 'on' ? measures : undefined;
    const unusual = judged ? unusualMeasures(this.#limits, judged) : [];
    const evidence = { top, probability: probabilities[top] ?? 0, set, novelty: found, unusual };
    return {
      ...decide(evidence, this.settings.leastProbability),
      predictionSet: set.map((index) => this.classes[index] ?? ''),
      ...(found && { novelty: { score: rounded(found.score), threshold: rounded(found.threshold) } }),
      ...(judged && { quality: this.#quality(judged, unusual) }),
    };
  }

  #quality(measures: Float64Array, unusual: readonly Measure[]): NonNullable<Judgement['quality']> {
    const valueIn = (measure: Measure) => rounded(measures[MEASURES.indexOf(measure)] ?? 0);
    return {
      measures: Object.fromEntries(MEASURES.map((measure) => [measure, valueIn(measure)])) as Record<
        Measure,
        number
      >,
      unusual: unusual.map((measure) => {
        const { lower = 0, upper = 0 } = this.#limits[measure] ?? {};
        return { measure, value: valueIn(measure), lower: rounded(lower), upper: rounded(upper) };
      }),
    };
  }
}
