import { describe, expect, it } from 'vitest';
import { classFigures, confusionMatrix, macroF1 } from '../../src/statistics/confusion.js';

describe('figures of a class', () => {
  // Python's test_figures_of_known_predictions.
  const labels = [0, 0, 0, 0, 1, 1];
  const predicted = [0, 0, 0, 1, 1, 1];

  it('of known predictions', () => {
    const matrix = confusionMatrix(labels, predicted, 2);
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
    const matrix = confusionMatrix([...labels, 1], [...predicted, undefined], 2);
    expect(matrix.notClassified).toEqual([0, 1]);
    const [, b] = classFigures(matrix, ['a', 'b']);
    expect(b).toMatchObject({ support: 3, predicted: 3 });
    expect(b?.recall?.value).toBeCloseTo(2 / 3, 12);
    expect(b?.f1).toBeCloseTo(4 / 6, 12);
  });

  it('that has no crops, or is never predicted', () => {
    const [a, b] = classFigures(confusionMatrix([0], [0], 2), ['a', 'b']);
    expect(a?.f1).toBe(1);
    expect(b).toEqual({
      name: 'b',
      support: 0,
      predicted: 0,
      precision: undefined,
      recall: undefined,
      f1: undefined,
    });
  });
});

describe('macro F1', () => {
  const macroF1Of = (labels: number[], predicted: (number | undefined)[]) =>
    macroF1(classFigures(confusionMatrix(labels, predicted, 6), ['a', 'b', 'c', 'd', 'e', 'f']));

  // Python's test_classes_that_are_nowhere_count_for_nothing.
  it('is of the classes that have crops or were predicted', () => {
    expect(macroF1Of([0, 0, 2, 2, 4], [0, 0, 2, 2, 4])).toBe(1);
    // d has no crops, but was predicted: its F1 is 0.
    expect(macroF1Of([0, 0, 2, 2, 4], [0, 3, 2, 2, 4])).toBeCloseTo((2 / 3 + 1 + 0 + 1) / 4, 12);
    expect(macroF1Of([0, 1], [0, undefined])).toBe(0.5);
    expect(macroF1Of([], [])).toBeUndefined();
  });
});
