import { describe, expect, it } from 'vitest';
import { roc } from '../../src/statistics/roc.js';

describe('ROC', () => {
  it.each([
    // scikit-learn's documented example of roc_auc_score.
    ['two of each', [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75],
    ['all right', [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1],
    ['all wrong', [0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0],
    ['all tied', [0.5, 0.5, 0.5], [0, 1, 1], 0.5],
    // Pairs: tied 1/2, right 1.
    ['one tie', [0.5, 0.5, 0.8], [0, 1, 1], 0.75],
    // Six pairs: right 3, tied 2, wrong 1.
    ['ties across', [0.2, 0.6, 0.6, 0.4, 0.6], [0, 0, 1, 1, 1], 4 / 6],
  ])('%s', (_name, scores, labels, auc) => {
    expect(roc(scores, labels.map(Boolean))?.auc).toBeCloseTo(auc, 12);
  });

  it('goes through a tie in one step', () => {
    const curve = roc([0.5, 0.5, 0.8], [false, true, true]);
    expect(curve).toMatchObject({ falsePositiveRate: [0, 0, 1], truePositiveRate: [0, 0.5, 1] });
  });

  it('of a class that has no crops, or all of them, does not exist', () => {
    expect(roc([0.1, 0.2], [false, false])).toBeUndefined();
    expect(roc([0.1, 0.2], [true, true])).toBeUndefined();
  });

  it('keeps its shape when it is thinned', () => {
    const n = 100_000;
    const scores = Array.from({ length: n }, (_, index) => index / n);
    // Positives get more frequent with the score.
    const positive = scores.map((score, index) => ((index * 7919) % 1000) / 1000 < score);
    const curve = roc(scores, positive);
    if (!curve) throw new Error('no curve');
    const { falsePositiveRate: x, truePositiveRate: y } = curve;
    expect(x.length).toBeLessThan(5000);
    expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
    const area = x.slice(1).reduce((total, at, index) => {
      return total + ((at - (x[index] ?? 0)) * ((y[index] ?? 0) + (y[index + 1] ?? 0))) / 2;
    }, 0);
    // Density 2s against 2(1 - s): the area is 5/6.
    expect(curve.auc).toBeCloseTo(5 / 6, 2);
    expect(area).toBeCloseTo(curve.auc, 3);
  });
});
