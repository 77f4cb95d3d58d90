import { seeded } from './seeded.js';

/** As in training/hemoserve_training/measure/metrics.py. */
const BINS = 15;

/** Crops whose top-1 probability (confidence) is in [from, to); the last bin has 1 too. */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  /** Mean confidence; undefined in an empty bin. */
  confidence: number | undefined;
  /** Fraction of right predictions; undefined in an empty bin. */
  accuracy: number | undefined;
}

/**
 * Confidence against accuracy in 15 bins of equal width (reliability diagram, DeGroot & Fienberg 1983).
 *
 * @param confidences (n): each crop's top-1 probability.
 * @param right (n): whether its top-1 class is the true one.
 */
export function reliability(confidences: readonly number[], right: readonly boolean[]): ReliabilityBin[] {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, hits: 0 }));
  for (const [index, confidence] of confidences.entries()) {
    const bin = sums[Math.min(Math.floor(confidence * BINS), BINS - 1)];
    if (!bin) throw new RangeError(`confidence ${confidence}`);
    bin.count += 1;
    bin.confidence += confidence;
    if (right[index]) bin.hits += 1;
  }
  return sums.map(({ count, confidence, hits }, index) => ({
    from: index / BINS,
    to: (index + 1) / BINS,
    count,
    confidence: count === 0 ? undefined : confidence / count,
    accuracy: count === 0 ? undefined : hits / count,
  }));
}

/**
 * Mean distance of confidence and accuracy over the bins, weighted by their crops (Naeini et al. 2015).
 *
 * @returns undefined without any crop.
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number | undefined {
  const n = bins.reduce((total, { count }) => total + count, 0);
  if (n === 0) return undefined;
  const gaps = bins.map(({ count, confidence = 0, accuracy = 0 }) => count * Math.abs(confidence - accuracy));
  return gaps.reduce((total, gap) => total + gap, 0) / n;
}

const RESAMPLES = 1_000;
const TAIL = 0.025;

/**
 * The 95 % limits of the expected calibration error: percentiles of 1,000 bootstrap samples (Efron 1979). The error of a
 * sample is a little larger than that of all crops, so both limits are a little too high.
 *
 * @param confidences (n): each crop's top-1 probability.
 * @param right (n): whether its top-1 class is the true one.
 * @returns undefined without any crop; the same for the same crops.
 */
export function calibrationErrorLimits(
  confidences: readonly number[],
  right: readonly boolean[],
): { lower95: number; upper95: number } | undefined {
  const n = confidences.length;
  if (n === 0) return undefined;
  const random = seeded(n);
  const errors = Array.from({ length: RESAMPLES }, () => {
    const drawn = Array.from({ length: n }, () => Math.floor(random() * n));
    const bins = reliability(
      drawn.map((index) => confidences[index] ?? 0),
      drawn.map((index) => right[index] ?? false),
    );
    return expectedCalibrationError(bins) ?? 0;
  }).sort((a, b) => a - b);
  const at = (share: number) => errors[Math.round(share * (RESAMPLES - 1))] ?? 0;
  return { lower95: at(TAIL), upper95: at(1 - TAIL) };
}
