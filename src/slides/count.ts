import { proportion } from '../statistics/proportion.js';
import { adjustedFigures, type ModelConfusion } from './adjust.js';
import { ageYears } from './age.js';
import type { SlideCrop } from './crop.js';
import { type Differential, type Figure, type Flag, reportStatus } from './differential.js';
import type { SlideReport } from './report.js';
import type { ModelReference, Slide, WhiteBloodCellCount } from './slide.js';
import { type Correction, type CountedCrop, countedCrops, type Verification } from './verification.js';
import { classesOf, type ReferenceRange, rangeFor, type Vocabulary } from './vocabulary.js';

export interface ReportInput {
  slide: Slide;
  crops: readonly SlideCrop[];
  verifications: readonly Verification[];
  /** Corrections since then that nobody has verified yet. */
  pending?: readonly Correction[];
  vocabulary: Vocabulary;
  /** The confusions of a version of a model, where they are known. */
  confusionOf?: (model: ModelReference) => ModelConfusion | undefined;
}

/** A slide's report: each crop as it counts, and its differential. */
export function reportOf(input: ReportInput): SlideReport {
  const { slide, crops, verifications, pending = [], vocabulary, confusionOf } = input;
  const counted = countedCrops(crops, [...verifications, { corrections: pending }]);
  const adjusted =
    verifications.length === 0 && pending.length === 0
      ? adjustedFigures(crops, vocabulary, confusionOf ?? (() => undefined))
      : undefined;
  const differential = { ...differentialOf(slide, counted, vocabulary), ...(adjusted && { adjusted }) };
  return { slide, crops: counted, verifications, differential, vocabulary };
}

/**
 * The differential of counted crops. Percentages have the exact binomial limits of Clopper and Pearson (1934), as
 * Rümke (1979, "The statistically expected variability in differential leukocyte counting") and CLSI H20 have them.
 * A crop whose class has no role counts as unidentified.
 */
function differentialOf(slide: Slide, crops: readonly CountedCrop[], vocabulary: Vocabulary): Differential {
  const counts = new Map<string, number>();
  let unidentifiedCount = 0;
  let notCountedCount = 0;
  for (const { class: name } of crops) {
    const role = name === undefined ? undefined : vocabulary.classes[name]?.role;
    if (name === undefined || role === undefined) unidentifiedCount += 1;
    else if (role === 'not_counted') notCountedCount += 1;
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const countOf = (name: string) => counts.get(name) ?? 0;
  const whiteClasses = classesOf(vocabulary, 'white_cell');
  const n = whiteClasses.reduce((sum, name) => sum + countOf(name), 0);
  const { patient, collectedAt, createdAt } = slide;
  const age = patient?.birthDate ? ageYears(patient.birthDate, collectedAt ?? createdAt) : undefined;
  const withFlag = (figure: Figure): Figure => {
    const range = rangeFor(vocabulary, figure.class, age);
    const flag = flagOf(figure.value, range);
    return { ...figure, ...(range && { range }), ...(flag && { flag }) };
  };
  const per100 = classesOf(vocabulary, 'per_100_white_cells').map((name) => per100Of(name, countOf(name), n));
  return {
    status: reportStatus(slide.status),
    whiteCellCount: n,
    sufficient: n >= vocabulary.minWhiteCells,
    minWhiteCells: vocabulary.minWhiteCells,
    unidentifiedCount,
    notCountedCount,
    whiteCells: whiteClasses.map((name) => withFlag(percentOf(name, countOf(name), n))),
    per100WhiteCells: per100.map(withFlag),
    apart: classesOf(vocabulary, 'apart').map((name) => ({ class: name, count: countOf(name) })),
    ...(slide.whiteBloodCells && {
      whiteBloodCells: withoutErythroblasts(slide.whiteBloodCells, per100, vocabulary),
    }),
  };
}

function percentOf(name: string, count: number, n: number): Figure {
  const share = proportion(count, n);
  if (!share) return { class: name, count, n };
  const { value, lower95, upper95 } = share;
  return { class: name, count, n, value: 100 * value, lower95: 100 * lower95, upper95: 100 * upper95 };
}

/** Of cells beside `n` others: the odds, whose limits are those of their share of both. */
function per100Of(name: string, count: number, n: number): Figure {
  const share = n === 0 ? undefined : proportion(count, count + n);
  if (!share) return { class: name, count, n };
  const odds = (limit: number) => (100 * limit) / (1 - limit);
  const { lower95, upper95 } = share;
  return { class: name, count, n, value: (100 * count) / n, lower95: odds(lower95), upper95: odds(upper95) };
}

function flagOf(value: number | undefined, range: ReferenceRange | undefined): Flag | undefined {
  if (value === undefined || !range) return undefined;
  const { low = 0, high = Number.POSITIVE_INFINITY, abnormalAbove = Number.POSITIVE_INFINITY } = range;
  if (value > abnormalAbove) return 'A';
  if (value < low) return 'L';
  return value > high ? 'H' : undefined;
}

/** Analyzers count erythroblasts as white cells: x 100 / (100 + erythroblasts per 100 white cells). */
function withoutErythroblasts(
  { value, withoutErythroblasts: isCorrected }: WhiteBloodCellCount,
  per100: readonly Figure[],
  { erythroblastCorrectionFrom }: Vocabulary,
): NonNullable<Differential['whiteBloodCells']> {
  const erythroblasts = per100.reduce((sum, figure) => sum + (figure.value ?? 0), 0);
  const corrected = !isCorrected && erythroblasts > 0 && erythroblasts >= erythroblastCorrectionFrom;
  return { given: value, value: corrected ? (value * 100) / (100 + erythroblasts) : value, corrected };
}
