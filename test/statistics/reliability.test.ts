import { describe, expect, it } from 'vitest';
import { expectedCalibrationError, reliability } from '../../src/statistics/reliability.js';

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
});
