import { describe, expect, it } from 'vitest';
import { NoveltyScorer } from '../../src/trust/novelty.js';

const array = (shape: number[], ...values: number[]) => ({ shape, values: Float32Array.from(values) });
const input = { features: [3, 4, 5], logits: [0, 0], measures: [1, 2] };

describe('the novelty score', () => {
  const arrays = {
    mean: array([3], 1, 1, 1),
    // Keeps the first two features.
    projection: array([2, 3], 1, 0, 0, 0, 1, 0),
    scales: array([2], 1, 0.5),
    classMeans: array([2, 2], 0, 0, 2, 1),
    backgroundScales: array([2], 0.5, 1),
  };
  const score = (weights: object, features: 'raw' | 'l2' = 'raw', from = input) =>
    new NoveltyScorer({ features, weights, arrays }, 3, 2).score(from);

  it('is the distance to the nearest class in the whitened space', () => {
    // Projected to (2, 3), whitened to (2, 1.5): 0.25 from the second class.
    expect(score({ distance: 1 })).toBeCloseTo(0.25, 12);
  });

  it('has what the projection leaves out, the background, and the energy as terms', () => {
    expect(score({ residual: 1 })).toBeCloseTo(16, 12);
    expect(score({ background: 1 })).toBeCloseTo(10, 12);
    expect(score({ energy: 1 })).toBeCloseTo(-Math.log(2), 12);
    expect(score({ distance: 1, background: -0.5, residual: 0.1, energy: 2 })).toBeCloseTo(
      0.25 - 5 + 1.6 - 2 * Math.log(2),
      12,
    );
  });

  it('is the same for longer features where they are divided by their length', () => {
    const longer = { ...input, features: input.features.map((value) => 7 * value) };
    expect(score({ distance: 1, residual: 1 }, 'l2', longer)).toBeCloseTo(
      score({ distance: 1, residual: 1 }, 'l2'),
      12,
    );
  });

  it('has the distance of the image measures', () => {
    const appearance = {
      appearanceMean: array([2], 0, 1),
      appearanceScales: array([2], 2, 3),
      appearanceProjection: array([1, 2], 1, 1),
      appearanceClassMeans: array([2, 1], 0, 4),
    };
    const scorer = new NoveltyScorer(
      { features: 'raw', weights: { appearance: 2 }, arrays: appearance },
      3,
      2,
    );
    expect(scorer.score(input)).toBeCloseTo(2, 12);
  });

  it('refuses arrays that are missing or of another shape', () => {
    expect(() => new NoveltyScorer({ features: 'raw', weights: { distance: 1 }, arrays }, 4, 2)).toThrow(
      'array mean has the shape (3), expected (4)',
    );
    expect(() => new NoveltyScorer({ features: 'raw', weights: { appearance: 1 }, arrays }, 3, 2)).toThrow(
      'appearanceMean',
    );
  });
});
