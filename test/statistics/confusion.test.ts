import { describe, expect, it } from 'vitest';
import { classFigures, confusionMatrix } from '../../src/statistics/confusion.js';

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
      f1: 0,
    });
  });
});
