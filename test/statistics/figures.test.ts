import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/errors/problem.js';
import { classFigures, confusionMatrix } from '../../src/statistics/confusion.js';
import { estimate } from '../../src/statistics/proportion.js';
import { expectedCalibrationError, reliability } from '../../src/statistics/reliability.js';
import { roc } from '../../src/statistics/roc.js';
import { prediction } from '../support/crops.js';

const sure = (label: number, predicted: number) =>
  prediction(
    label,
    [0, 1].map((index) => (index === predicted ? 0.9 : 0.1)),
  );

describe('exact limits', () => {
  // R: binom.test(k, n)$conf.int
  it.each([
    [97, 100, 0.9148239, 0.99377],
    [9, 10, 0.5549839, 0.9974714],
    [0, 10, 0, 0.3084971],
    [10, 10, 0.6915029, 1],
    [1, 1, 0.025, 1],
  ])('%i of %i', (hits, n, lower95, upper95) => {
    const found = estimate(hits, n);
    expect(found?.value).toBe(hits / n);
    expect(found?.lower95).toBeCloseTo(lower95, 7);
    expect(found?.upper95).toBeCloseTo(upper95, 7);
  });

  it('of nothing do not exist', () => {
    expect(estimate(0, 0)).toBeUndefined();
  });
});

describe('calibration', () => {
  // Four crops at confidence 0.9, three of them right; six at 0.6, three right. Python's test has the same.
  const predictions = [
    ...[0, 0, 0, 1].map((label) => prediction(label, [0.9, 0.1])),
    ...[0, 0, 0, 1, 1, 1].map((label) => prediction(label, [0.6, 0.4])),
  ];

  it('error is the mean gap', () => {
    expect(expectedCalibrationError(reliability(predictions))).toBeCloseTo(0.4 * 0.15 + 0.6 * 0.1, 12);
  });

  it('bins hold their lower bound, and the last one 1', () => {
    const bins = reliability([...predictions, prediction(0, [1, 0])]);
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
    expect(expectedCalibrationError(reliability([]))).toBeUndefined();
  });
});

describe('figures of a class', () => {
  // Python's test_figures_of_known_predictions.
  const outcomes = [sure(0, 0), sure(0, 0), sure(0, 0), sure(0, 1), sure(1, 1), sure(1, 1)];

  it('of known predictions', () => {
    const matrix = confusionMatrix(outcomes, 2);
    expect(matrix).toEqual({
      counts: [
        [3, 1],
        [0, 2],
      ],
      notClassified: [0, 0],
    });
    const [a, b] = classFigures(matrix, ['a', 'b']);
    expect(a).toMatchObject({
      name: 'a',
      support: 4,
      predicted: 3,
      precision: { value: 1 },
      recall: { value: 0.75 },
    });
    expect(a?.f1).toBeCloseTo(6 / 7, 12);
    expect(b).toMatchObject({ support: 2, predicted: 3, recall: { value: 1, upper95: 1 } });
    expect(b?.recall?.lower95).toBeCloseTo(0.1581139, 7);
    expect(b?.precision?.value).toBeCloseTo(2 / 3, 12);
    expect(b?.f1).toBeCloseTo(4 / 5, 12);
  });

  it('with a file that gave an error, which counts as wrong', () => {
    const failure = { path: 'b/c.jpg', label: 1, error: new ServiceError('corrupt_image', 'broken') };
    const matrix = confusionMatrix([...outcomes, failure], 2);
    expect(matrix.notClassified).toEqual([0, 1]);
    const [, b] = classFigures(matrix, ['a', 'b']);
    expect(b).toMatchObject({ support: 3, predicted: 3 });
    expect(b?.recall?.value).toBeCloseTo(2 / 3, 12);
    expect(b?.f1).toBeCloseTo(4 / 6, 12);
  });

  it('that has no crops, or is never predicted', () => {
    const [a, b] = classFigures(confusionMatrix([sure(0, 0)], 2), ['a', 'b']);
    expect(a?.f1).toBe(1);
    expect(b).toEqual({
      name: 'b',
      support: 0,
      predicted: 0,
      precision: undefined,
      recall: undefined,
      f1: 0,
    });
  });
});

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
