import { type Proportion, proportion } from './proportion.js';

/** What is accepted where only the most confident predictions are. */
export interface RiskCoveragePoint {
  /** Share of all predictions that is accepted (coverage). */
  accepted: number;
  /** Confidence of the least certain one of them. */
  leastConfidence: number;
  /** Right ones among them; 1 - risk. */
  accuracy: Proportion;
}

/** All, and less and less of them; finer where a service works. */
const SHARES = [1, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

/**
 * The risk-coverage curve (El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification"): how
 * often predictions are right if the least confident ones go to a person.
 *
 * @param confidences (n): each crop's top-1 probability.
 * @param right (n): whether its top-1 class is the true one.
 * @returns none without any crop.
 */
export function riskCoverage(confidences: readonly number[], right: readonly boolean[]): RiskCoveragePoint[] {
  const n = confidences.length;
  const order = [...confidences.keys()].sort((a, b) => (confidences[b] ?? 0) - (confidences[a] ?? 0));
  let hits = 0;
  const hitsUpTo = order.map((index) => {
    hits += right[index] ? 1 : 0;
    return hits;
  });
  return SHARES.flatMap((share) => {
    const count = Math.round(share * n);
    const accuracy = proportion(hitsUpTo[count - 1] ?? 0, count);
    if (!accuracy) return [];
    return {
      accepted: count / n,
      leastConfidence: confidences[order[count - 1] ?? 0] ?? Number.NaN,
      accuracy,
    };
  });
}
