import { describe, expect, it } from 'vitest';
import { adjustedFigures } from '../../src/slides/adjust.js';
import type { SlideCrop } from '../../src/slides/crop.js';
import { inverse, multiply } from '../../src/slides/matrices.js';
import { vocabularySchema } from '../../src/slides/vocabulary.js';
import { AT, cropOf } from '../support/slides.js';

const vocabulary = vocabularySchema.parse({
  minWhiteCells: 100,
  erythroblastCorrectionFrom: 5,
  classes: { a: { role: 'white_cell' }, b: { role: 'white_cell' }, p: { role: 'apart' } },
});
const classes = ['a', 'b', 'p'];
const MODEL = { name: 'small', version: '1.0.0' };

function cropsOf(counts: number[], model = MODEL): SlideCrop[] {
  return counts.flatMap((count, index) =>
    Array.from({ length: count }, (_, at) => ({
      ...cropOf(`${index}.${at}`, classes[index] ?? ''),
      model,
      number: at + 1,
      receivedAt: AT,
    })),
  );
}

describe('the adjusted figures', () => {
  // Every tenth a is taken for a b.
  const counts = [
    [90_000, 10_000, 0],
    [0, 100_000, 0],
    [0, 0, 100_000],
  ];
  const adjusted = (observed: number[], confusion: number[][] = counts) =>
    adjustedFigures(cropsOf(observed), vocabulary, () => ({ classes, counts: confusion }));

  it('take back what the model confuses', () => {
    // Of 1000 a and 500 b: 900 and 600 are seen.
    const [a, b] = adjusted([900, 600, 300]) ?? [];
    expect(a?.value).toBeCloseTo(66.7, 0);
    expect(b?.value).toBeCloseTo(33.3, 0);
    expect((a?.value ?? 0) + (b?.value ?? 0)).toBeCloseTo(100, 9);
  });

  it('are the observed ones, with about the binomial limits, of a model that confuses nothing', () => {
    const right = counts.map((_, i) => counts.map((__, j) => (i === j ? 1e9 : 0)));
    const [, b] = adjusted([900, 100, 0], right) ?? [];
    expect(b?.value).toBeCloseTo(10, 0);
    expect(b?.lower95).toBeCloseTo(8.2, 0);
    expect(b?.upper95).toBeCloseTo(11.9, 0);
  });

  it('have wider limits the fewer crops the confusions are known of', () => {
    const few = counts.map((row) => row.map((count) => count / 1000));
    const width = (confusion: number[][]) => {
      const [a] = adjusted([900, 600, 0], confusion) ?? [];
      return (a?.upper95 ?? 0) - (a?.lower95 ?? 0);
    };
    expect(width(few)).toBeGreaterThan(1.2 * width(counts));
  });

  it('cover the truth about as often as they say', () => {
    // A fixed generator (Lehmer, Park and Miller 1988), so that the test is the same each time.
    let state = 1;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let covered = 0;
    const slides = 400;
    for (let slide = 0; slide < slides; slide++) {
      const seen = [0, 0, 0];
      for (let cell = 0; cell < 200; cell++) {
        const isA = random() < 0.7;
        const taken = isA && random() < 0.9 ? 0 : 1;
        seen[taken] = (seen[taken] ?? 0) + 1;
      }
      const [a] = adjusted(seen) ?? [];
      if (a && a.lower95 <= 70 && a.upper95 >= 70) covered += 1;
    }
    expect(covered / slides).toBeGreaterThan(0.92);
    expect(covered / slides).toBeLessThan(0.98);
  });

  it('are not there where they cannot be made', () => {
    expect(adjustedFigures([], vocabulary, () => ({ classes, counts }))).toBeUndefined();
    expect(adjustedFigures(cropsOf([5, 5, 0]), vocabulary, () => undefined)).toBeUndefined();
    const mixed = [...cropsOf([5]), ...cropsOf([0, 5], { name: 'small', version: '2.0.0' })];
    expect(adjustedFigures(mixed, vocabulary, () => ({ classes, counts }))).toBeUndefined();
    const same = [
      [5, 5, 0],
      [5, 5, 0],
      [0, 0, 5],
    ];
    expect(adjusted([5, 5, 0], same)).toBeUndefined();
  });
});

it('a matrix times its inverse is the identity', () => {
  const matrix = [
    [0, 2, 1],
    [1, 0, 3],
    [4, 1, 0],
  ];
  const product = multiply(matrix, inverse(matrix) ?? []);
  for (const [i, row] of product.entries()) {
    for (const [j, value] of row.entries()) expect(value).toBeCloseTo(i === j ? 1 : 0, 12);
  }
});
