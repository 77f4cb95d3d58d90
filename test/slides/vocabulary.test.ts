import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classesOf, rangeFor, vocabularySchema } from '../../src/slides/vocabulary.js';
import { CLASSES, root } from '../support/fixtures.js';

const shipped = vocabularySchema.parse(
  JSON.parse(readFileSync(join(root, 'config', 'differential.json'), 'utf8')),
);

describe('the shipped vocabulary', () => {
  it("has a role for each class of the registry's models", () => {
    expect(Object.keys(shipped.classes)).toEqual(expect.arrayContaining(CLASSES));
  });

  it('counts six classes as white cells', () => {
    expect(classesOf(shipped, 'white_cell')).toEqual([
      'neutrophil',
      'eosinophil',
      'basophil',
      'lymphocyte',
      'monocyte',
      'ig',
    ]);
    expect(classesOf(shipped, 'per_100_white_cells')).toEqual(['erythroblast']);
  });
});

describe('reference ranges', () => {
  const vocabulary = vocabularySchema.parse({
    minWhiteCells: 100,
    erythroblastCorrectionFrom: 5,
    classes: {
      lymphocyte: {
        role: 'white_cell',
        ranges: [
          { toAgeYears: 4, low: 40, high: 70 },
          { fromAgeYears: 4, low: 20, high: 45 },
        ],
      },
      basophil: { role: 'white_cell', ranges: [{ high: 2 }] },
    },
  });

  it.each([
    ['lymphocyte', 0, 40],
    ['lymphocyte', 3.99, 40],
    ['lymphocyte', 4, 20],
    ['lymphocyte', 90, 20],
    ['lymphocyte', undefined, undefined],
    ['basophil', undefined, undefined],
    ['unheard', 4, undefined],
  ])('%s at the age of %s', (className, age, low) => {
    expect(rangeFor(vocabulary, className, age)?.low).toBe(low);
  });

  it('without bounds fits any age', () => {
    expect(rangeFor(vocabulary, 'basophil', undefined)).toEqual({ high: 2 });
    expect(rangeFor(vocabulary, 'basophil', 50)).toEqual({ high: 2 });
  });

  it('whose low is above its high is refused', () => {
    const wrong = { role: 'white_cell', ranges: [{ low: 2, high: 1 }] };
    const parsed = vocabularySchema.safeParse({ ...vocabulary, classes: { ig: wrong } });
    expect(parsed.error?.issues[0]?.message).toBe('low is above high');
  });
});
