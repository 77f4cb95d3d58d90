import { MEASURES, type Measure } from '../vocabulary/measures.js';
import { type Distribution, quantile } from './quantiles.js';

/** What a measure of a usual crop lies between. */
export interface Limits {
  lower: number;
  upper: number;
}

/** Of each measure that has a reference. */
export type QualityLimits = Partial<Record<Measure, Limits>>;

/**
 * Limits of each measure, so that all together flag at most a share `falseAlarmRate` of crops like the reference's
 * (Bonferroni 1936).
 */
export function qualityLimits(
  references: Partial<Record<Measure, readonly number[]>>,
  grid: readonly number[],
  falseAlarmRate: number,
): QualityLimits {
  const entries = Object.entries(references) as [Measure, readonly number[]][];
  const tail = falseAlarmRate / (2 * entries.length);
  return Object.fromEntries(
    entries.map(([measure, values]) => {
      const reference: Distribution = { grid, values };
      return [measure, { lower: quantile(reference, tail), upper: quantile(reference, 1 - tail) }];
    }),
  );
}

/**
 * The measures of a crop that lie outside their limits.
 *
 * @param measures in the order of MEASURES.
 */
export function unusualMeasures(limits: QualityLimits, measures: ArrayLike<number>): Measure[] {
  return MEASURES.filter((measure, index) => {
    const own = limits[measure];
    const value = measures[index] as number;
    return own !== undefined && (value < own.lower || value > own.upper);
  });
}
