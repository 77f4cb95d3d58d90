import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { conformalSets, predictionSet } from '../../src/trust/conformal.js';

/** Probabilities of a right class among two, as an accurate model gives them. */
const draw = (random: () => number) => 1 - random() ** 3 / 2;

describe('conformal sets', () => {
  it('take the ceil((n + 1) level)-th score, each class for itself', () => {
    const nineteen = Array.from({ length: 19 }, (_, index) => index / 100);
    const { thresholds } = conformalSets([nineteen, nineteen.map((score) => score / 2)], 0.9);
    expect([...thresholds]).toEqual([0.17, 0.085]);
  });

  it('use the scores of all classes where a class has too few for the level', () => {
    const many = Array.from({ length: 99 }, (_, index) => index / 100);
    const { thresholds } = conformalSets([many, [0.2]], 0.95);
    expect([...thresholds]).toEqual([0.94, 0.94]);
    expect([...conformalSets([[0.1], [0.2]], 0.95).thresholds]).toEqual([1, 1]);
  });

  it('may be empty, hold several classes, or another than the most probable', () => {
    const sets = { level: 0.95, thresholds: Float64Array.of(0.1, 0.7) };
    expect(predictionSet(sets, [0.95, 0.05])).toEqual([0]);
    expect(predictionSet(sets, [0.8, 0.2])).toEqual([]);
    expect(predictionSet(sets, [0.6, 0.4])).toEqual([1]);
    expect(predictionSet({ level: 0.95, thresholds: Float64Array.of(0.5, 0.5) }, [0.5, 0.5])).toEqual([0, 1]);
  });

  it.each([0.8, 0.9, 0.95, 0.99])('hold the true class as often as the level of %f says', (level) => {
    const random = seeded(7);
    const scores = Array.from({ length: 2000 }, () => 1 - draw(random)).sort((a, b) => a - b);
    const sets = conformalSets([scores, scores], level);
    const trials = 4000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const probability = draw(random);
      if (predictionSet(sets, [probability, 1 - probability]).includes(0)) covered += 1;
    }
    const deviation = Math.sqrt(level * (1 - level) * (1 / trials + 1 / scores.length));
    expect(Math.abs(covered / trials - level)).toBeLessThan(3.5 * deviation);
  });
});
