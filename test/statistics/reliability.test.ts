import { describe, expect, it } from 'vitest';
import {
  calibrationErrorLimits,
  expectedCalibrationError,
  reliability,
} from '../../src/statistics/reliability.js';

describe('reliability', () => {
  // Four crops at confidence 0.9, three of them right; six at 0.6, three right. Python's test has the same.
  const confidences = [0.9, 0.9, 0.9, 0.9, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6];
  const right = [true, true, true, false, true, true, true, false, false, false];

  it('gives the calibration error as the mean gap', () => {
    expect(expectedCalibrationError(reliability(confidences, right))).toBeCloseTo(0.4 * 0.15 + 0.6 * 0.1, 12);
  });

  it('bins hold their lower bound, and the last one 1', () => {
    const bins = reliability([...confidences, 1], [...right, true]);
    expect(bins).toHaveLength(15);
    const filled = bins.flatMap(({ count }, index) => (count > 0 ? [[index, count]] : []));
    expect(filled).toEqual([
      [9, 6],
      [13, 4],
      [14, 1],
    ]);
    expect(bins[9]?.confidence).toBeCloseTo(0.6, 12);
    expect(bins[9]?.accuracy).toBe(0.5);
    expect(bins[0]).toEqual({ from: 0, to: 1 / 15, count: 0, confidence: undefined, accuracy: undefined });
  });

  it('without crops does not exist', () => {
    expect(expectedCalibrationError(reliability([], []))).toBeUndefined();
  });

  it('has limits that hold it, and narrow with more crops', () => {
    const error = expectedCalibrationError(reliability(confidences, right)) ?? 0;
    const widths = [1, 100].map((times) => {
      const repeat = <T>(values: T[]) => Array.from({ length: times }, () => values).flat();
      const { lower95, upper95 } = calibrationErrorLimits(repeat(confidences), repeat(right)) ?? {
        lower95: 1,
        upper95: 0,
      };
      expect(lower95).toBeLessThan(error);
      expect(upper95).toBeGreaterThan(error);
      return upper95 - lower95;
    });
    expect(widths[1]).toBeLessThan((widths[0] ?? 0) / 3);
    expect(calibrationErrorLimits([], [])).toBeUndefined();
  });
});
