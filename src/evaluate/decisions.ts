import { type Proportion, proportion } from '../statistics/proportion.js';
import { REASONS, type Reason } from '../vocabulary/reasons.js';
import type { Prediction } from './classify-files.js';

/** Decisions on the crops of one class, or of all. */
export interface DecisionFigures {
  /** Crops that were classified. */
  n: number;
  /** Share that was accepted; the others are referred to a person. */
  accepted: Proportion | undefined;
  /** Right ones among the accepted. */
  acceptedAccuracy: Proportion | undefined;
  /** Wrong and accepted, among all. */
  wrongAndAccepted: Proportion | undefined;
  /** Share whose prediction set has the true class; to be compared with the level. */
  covered: Proportion | undefined;
  /** Share of empty prediction sets. */
  empty: Proportion | undefined;
}

/** What became of the crops, where the version has trust data. */
export interface Decisions extends DecisionFigures {
  /** Share of the crops that wanted a level of confidence, by the settings. */
  conformalLevel: number;
  leastProbability: number;
  falseAlarmRate: number;
  /** Referred crops by reason; one crop may have several. */
  reasons: Record<Reason, number>;
  perClass: (DecisionFigures & { name: string })[];
}

export type DecisionTerms = Pick<Decisions, 'conformalLevel' | 'leastProbability' | 'falseAlarmRate'>;

/**
 * @param predictions of a version with trust data.
 * @returns undefined where none was judged.
 */
export function decisions(
  predictions: readonly Prediction[],
  classes: readonly string[],
  { conformalLevel, leastProbability, falseAlarmRate }: DecisionTerms,
): Decisions | undefined {
  const judged = predictions.filter(({ judgement }) => judgement);
  if (judged.length === 0) return undefined;
  const count = (reason: Reason) =>
    judged.filter(({ judgement }) => judgement?.reasons.includes(reason)).length;
  return {
    conformalLevel,
    leastProbability,
    falseAlarmRate,
    ...figures(judged, classes),
    reasons: Object.fromEntries(REASONS.map((reason) => [reason, count(reason)])) as Record<Reason, number>,
    perClass: classes.map((name, index) => ({
      name,
      ...figures(
        judged.filter(({ truth }) => truth === index),
        classes,
      ),
    })),
  };
}

function figures(judged: readonly Prediction[], classes: readonly string[]): DecisionFigures {
  const n = judged.length;
  const accepted = judged.filter(({ judgement }) => judgement?.decision === 'accepted');
  const right = accepted.filter(({ truth, predicted }) => truth === predicted).length;
  const share = (holds: (one: Prediction) => boolean | undefined) =>
    proportion(judged.filter(holds).length, n);
  return {
    n,
    accepted: proportion(accepted.length, n),
    acceptedAccuracy: proportion(right, accepted.length),
    wrongAndAccepted: proportion(accepted.length - right, n),
    covered: share(({ truth, judgement }) => judgement?.predictionSet.includes(classes[truth] ?? '')),
    empty: share(({ judgement }) => judgement?.predictionSet.length === 0),
  };
}
