import { describe, expect, it } from 'vitest';
import { cumulative, quantile } from '../../src/trust/quantiles.js';

describe('a distribution by its quantiles', () => {
  const uniform = { grid: [0, 0.5, 1], values: [0, 10, 40] };

  it('gives quantiles between the known ones on the straight line', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(uniform, share))).toEqual([0, 5, 10, 25, 40]);
  });

  it('gives the share that a value reaches, as the inverse', () => {
    expect([-1, 0, 5, 10, 25, 40, 41].map((value) => cumulative(uniform, value))).toEqual([
      0, 0, 0.25, 0.5, 0.75, 1, 1,
    ]);
  });

  it('jumps where many values are alike', () => {
    const half = { grid: [0, 0.25, 0.5, 0.75, 1], values: [0, 0, 0, 1, 1] };
    expect([-0.1, 0, 0.5, 0.99, 1].map((value) => cumulative(half, value))).toEqual([
      0,
      0.5,
      0.625,
      expect.closeTo(0.7475),
      1,
    ]);
    expect(cumulative({ grid: [0, 1], values: [3, 3] }, 3)).toBe(1);
    expect(cumulative({ grid: [0, 1], values: [3, 3] }, 2.9)).toBe(0);
  });
});
