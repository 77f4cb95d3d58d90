import { describe, expect, it } from 'vitest';
import { reportOf } from '../../src/slides/count.js';
import type { SlideCrop } from '../../src/slides/crop.js';
import type { Figure } from '../../src/slides/differential.js';
import type { Slide } from '../../src/slides/slide.js';
import { vocabularySchema } from '../../src/slides/vocabulary.js';
import { AT, cropOf, slideOf } from '../support/slides.js';

const vocabulary = vocabularySchema.parse({
  minWhiteCells: 100,
  erythroblastCorrectionFrom: 5,
  classes: {
    neutrophil: { role: 'white_cell', ranges: [{ fromAgeYears: 18, low: 40, high: 75 }] },
    ig: { role: 'white_cell', ranges: [{ abnormalAbove: 1 }] },
    erythroblast: { role: 'per_100_white_cells' },
    platelet: { role: 'apart' },
    artefact: { role: 'not_counted' },
  },
});

/** So many crops of each class. */
function cropsOf(counts: Record<string, number>, rest: object = {}): SlideCrop[] {
  return Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => ({
      ...cropOf(`${name}${index}`, name, rest),
      number: index + 1,
      receivedAt: AT,
    })),
  );
}

function report(crops: SlideCrop[], slide: Partial<Slide> = {}, corrections: [number, string][] = []) {
  return reportOf({
    slide: {
      ...slideOf('a'),
      status: 'complete',
      revision: 2,
      createdAt: AT,
      cropCount: crops.length,
      ...slide,
    },
    crops,
    verifications: [
      {
        by: { name: 'Ada' },
        at: AT,
        revision: 3,
        corrections: corrections.map(([index, name]) => ({ crop: crops[index]?.sha256 ?? '', class: name })),
      },
    ].slice(0, corrections.length > 0 ? 1 : 0),
    vocabulary,
  });
}

const differential = (...args: Parameters<typeof report>) => report(...args).differential;
const limits = ({ value = 0, lower95 = 0, upper95 = 0 }: Figure) =>
  [value, lower95, upper95].map((figure) => Number(figure.toFixed(1)));

describe('a differential', () => {
  // Rümke's table, as CLSI H20 has it.
  it.each([
    [5, 100, [5, 1.6, 11.3]],
    [10, 200, [5, 2.4, 9.0]],
    [0, 100, [0, 0, 3.6]],
    [100, 100, [100, 96.4, 100]],
  ])('gives %i of %i white cells with exact limits', (count, n, expected) => {
    const { whiteCells } = differential(cropsOf({ ig: count, neutrophil: n - count }));
    const ig = whiteCells.find((figure) => figure.class === 'ig') as Figure;
    expect(ig).toMatchObject({ count, n });
    expect(limits(ig)).toEqual(expected);
  });

  it('counts erythroblasts per 100 white cells and platelets apart', () => {
    const found = differential(cropsOf({ neutrophil: 50, erythroblast: 10, platelet: 7 }));
    expect(found.whiteCellCount).toBe(50);
    const [erythroblasts] = found.per100WhiteCells;
    // Of 10 in 60: 8.29 to 28.5 %, as odds.
    expect(limits(erythroblasts as Figure)).toEqual([20, 9, 39.9]);
    expect(found.apart).toEqual([{ class: 'platelet', count: 7 }]);
  });

  it('is insufficient below 100 white cells, whatever else there is', () => {
    expect(differential(cropsOf({ neutrophil: 99, platelet: 50 })).sufficient).toBe(false);
    expect(differential(cropsOf({ neutrophil: 100 })).sufficient).toBe(true);
  });

  it('has no figures without a white cell', () => {
    const found = differential(cropsOf({ erythroblast: 3 }));
    expect(found.whiteCells).toEqual([
      { class: 'neutrophil', count: 0, n: 0 },
      { class: 'ig', count: 0, n: 0, range: { abnormalAbove: 1 } },
    ]);
    expect(found.per100WhiteCells).toEqual([{ class: 'erythroblast', count: 3, n: 0 }]);
  });

  it('leaves crops out that a person must look at, until one has', () => {
    const crops = [
      ...cropsOf({ ig: 2 }, { decision: 'review' }),
      ...cropsOf({ neutrophil: 2 }, { decision: 'accepted' }),
    ];
    expect(differential(crops)).toMatchObject({ unidentifiedCount: 2, whiteCellCount: 2 });
    const looked = report(crops, {}, [
      [0, 'ig'],
      [1, 'artefact'],
    ]);
    expect(looked.differential).toMatchObject({
      unidentifiedCount: 0,
      notCountedCount: 1,
      whiteCellCount: 3,
    });
    expect(looked.crops.map(({ byPerson }) => byPerson)).toEqual([true, true, false, false]);
  });

  it('does not drop a class that the vocabulary does not know', () => {
    expect(differential(cropsOf({ blast: 3, neutrophil: 1 }))).toMatchObject({ unidentifiedCount: 3 });
  });

  it.each([
    ['open', 'preliminary'],
    ['complete', 'preliminary'],
    ['verified', 'final'],
    ['corrected', 'corrected'],
  ] as const)('of a slide that is %s is %s', (status, expected) => {
    expect(differential([], { status }).status).toBe(expected);
  });
});

describe('flags', () => {
  const flagOf = (neutrophils: number, birthDate?: string) =>
    differential(cropsOf({ neutrophil: neutrophils, ig: 100 - neutrophils }), {
      ...(birthDate && { patient: { identifier: 'p', birthDate } }),
    }).whiteCells.map(({ flag }) => flag);
  it.each([
    ['low', 39, ['L', 'A']],
    ['within', 40, [undefined, 'A']],
    ['within, the upper end', 75, [undefined, 'A']],
    ['high', 76, ['H', 'A']],
    ['nothing abnormal', 99, ['H', undefined]],
  ])('%s', (_what, count, flags) => {
    expect(flagOf(count, '1980-01-01')).toEqual(flags);
  });

  it('need an age where the range has one: of the day when the specimen was taken', () => {
    expect(flagOf(10)).toEqual([undefined, 'A']);
    expect(flagOf(10, '2008-01-02')).toEqual(['L', 'A']);
    expect(flagOf(10, '2008-01-03')).toEqual([undefined, 'A']);
  });
});

describe('the count of white blood cells', () => {
  const corrected = (erythroblasts: number, withoutErythroblasts = false) =>
    differential(cropsOf({ neutrophil: 100, erythroblast: erythroblasts }), {
      whiteBloodCells: { value: 12, withoutErythroblasts },
    }).whiteBloodCells;
  it.each([
    ['from 5 per 100 on', 5, false, { given: 12, value: 1200 / 105, corrected: true }],
    ['not below', 4, false, { given: 12, value: 12, corrected: false }],
    ['by as many as there are', 20, false, { given: 12, value: 10, corrected: true }],
    ['never twice', 20, true, { given: 12, value: 12, corrected: false }],
  ])('is corrected %s', (_what, count, already, expected) => {
    expect(corrected(count, already)).toEqual(expected);
  });

  it('is not there when none was given', () => {
    expect(differential(cropsOf({ neutrophil: 1 }))).not.toHaveProperty('whiteBloodCells');
  });
});
