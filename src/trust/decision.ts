import type { Measure } from '../vocabulary/measures.js';
import { type Decision, REASONS, type Reason } from '../vocabulary/reasons.js';

/** What a decision is made from; what a model has no data for is undefined, and is no reason then. */
export interface Evidence {
  /** Index of the most probable class, and its probability. */
  top: number;
  probability: number;
  /** Of the conformal set, by index. */
  set: readonly number[];
  novelty?: { score: number; threshold: number } | undefined;
  /** Those outside their limits. */
  unusual: readonly Measure[];
}

/**
 * Whether an answer may be taken as it is, or a person must look, as in selective classification (Chow 1970, "On
 * optimum recognition error and reject tradeoff").
 *
 * - `low_confidence`: the probability is below `leastProbability`, or the set is empty: no class is as probable as it is
 *   for a share `level` of its own crops. An accurate model gives empty sets for about a share 1 - level of usual crops,
 *   the least certain ones. Sadinle et al. 2019 would fill them; here a person looks.
 * - `set_not_single`: the set has several classes, or another one than the most probable.
 * - `out_of_distribution`: the novelty score is above its threshold.
 * - `poor_quality`: an image measure is outside its limits.
 */
export function decide(
  evidence: Evidence,
  leastProbability: number,
): { decision: Decision; reasons: Reason[] } {
  const { top, probability, set, novelty, unusual } = evidence;
  const found: Record<Reason, boolean> = {
    low_confidence: probability < leastProbability || set.length === 0,
    set_not_single: set.length > 1 || (set.length === 1 && set[0] !== top),
    out_of_distribution: novelty !== undefined && novelty.score > novelty.threshold,
    poor_quality: unusual.length > 0,
  };
  const reasons = REASONS.filter((reason) => found[reason]);
  return { decision: reasons.length === 0 ? 'accepted' : 'review', reasons };
}
