import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/statistics/proportion.js';

describe('exact limits', () => {
  // R: binom.test(k, n)$conf.int
  it.each([
    [97, 100, 0.9148239, 0.99377],
    [9, 10, 0.5549839, 0.9974714],
    [0, 10, 0, 0.3084971],
    [10, 10, 0.6915029, 1],
    [1, 1, 0.025, 1],
  ])('%i of %i', (hits, n, lower95, upper95) => {
    const found = proportion(hits, n);
    expect(found?.value).toBe(hits / n);
    expect(found?.lower95).toBeCloseTo(lower95, 7);
    expect(found?.upper95).toBeCloseTo(upper95, 7);
  });

  it('of nothing do not exist', () => {
    expect(proportion(0, 0)).toBeUndefined();
  });
});
