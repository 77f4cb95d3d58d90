import type { SlideCrop } from './crop.js';
import type { AdjustedFigure } from './differential.js';
import { inverse, multiply, transpose } from './matrices.js';
import type { ModelReference } from './slide.js';
import { classesOf, type Vocabulary } from './vocabulary.js';

/** What a model takes for what. */
export interface ModelConfusion {
  classes: readonly string[];
  /** (classes, classes): crops by true class (row) and predicted class (column). */
  counts: readonly (readonly number[])[];
}

/** Of the normal distribution. */
const QUANTILE_975 = 1.959964;
/** Added to each count, so that what was never seen is not taken for impossible (Jeffreys' prior). */
const PRIOR = 0.5;

/**
 * What the slide's true percentages should be, by what the model took its crops for and by what it takes for what: the
 * estimate of Rogan and Gladen (1978, "Estimating prevalence from the results of a screening test") for many classes,
 * as in Hopkins and King (2010, "A method of automated nonparametric content analysis for social science"). The limits
 * are those of the delta method, with the variance of the slide's counts and that of the confusion matrix.
 *
 * @returns nothing where the crops are of several models, where the confusions are not known, or where they cannot be
 *   told from each other.
 */
export function adjustedFigures(
  crops: readonly SlideCrop[],
  vocabulary: Vocabulary,
  confusionOf: (model: ModelReference) => ModelConfusion | undefined,
): AdjustedFigure[] | undefined {
  const [first] = crops;
  if (!first || crops.some(({ model }) => !isSame(model, first.model))) return undefined;
  const confusion = confusionOf(first.model);
  if (!confusion) return undefined;
  const { classes, counts } = confusion;
  const observed = classes.map((name) => PRIOR + crops.filter(({ result }) => result.class === name).length);
  const n = sum(observed);
  const shares = observed.map((count) => count / n);
  // (true, predicted): the probability of being taken for what.
  const smoothed = counts.map((row) => row.map((count) => PRIOR + count));
  const rows = smoothed.map((row) => row.map((count) => count / sum(row)));
  const back = inverse(transpose(rows));
  if (!back) return undefined;
  const column = multiply(
    back,
    shares.map((share) => [share]),
  );
  const truth = column.map(([value = 0]) => Math.max(0, value));
  // Of the observed shares, and of each class's row by how much of the slide is of that class.
  const variance = covariance(shares, 1 / n);
  for (const [index, row] of rows.entries()) {
    const part = covariance(row, (truth[index] ?? 0) ** 2 / sum(smoothed[index] ?? []));
    for (const [i, line] of part.entries())
      for (const [j, value] of line.entries()) add(variance, i, j, value);
  }
  const ofTruth = multiply(multiply(back, variance), transpose(back));
  const white = classes.map((name) => classesOf(vocabulary, 'white_cell').includes(name));
  const whiteSum = sum(truth.filter((_, index) => white[index]));
  if (whiteSum <= 0) return undefined;
  return classes.flatMap((name, index) => {
    if (!white[index]) return [];
    const share = (truth[index] ?? 0) / whiteSum;
    // How the share changes with each class's part of the slide.
    const slope = classes.map((_, other) =>
      white[other] ? ((other === index ? 1 : 0) - share) / whiteSum : 0,
    );
    const [[squared = 0] = []] = multiply(multiply([slope], ofTruth), transpose([slope]));
    const halfWidth = QUANTILE_975 * Math.sqrt(Math.max(0, squared));
    return {
      class: name,
      value: 100 * share,
      lower95: 100 * Math.max(0, share - halfWidth),
      upper95: 100 * Math.min(1, share + halfWidth),
    };
  });
}

/** Of the shares of a multinomial distribution, times a factor. */
function covariance(shares: readonly number[], factor: number): number[][] {
  return shares.map((a, i) => shares.map((b, j) => factor * ((i === j ? a : 0) - a * b)));
}

function add(matrix: number[][], i: number, j: number, value: number): void {
  const row = matrix[i];
  if (row) row[j] = (row[j] ?? 0) + value;
}

function isSame(a: ModelReference, b: ModelReference): boolean {
  return a.name === b.name && a.version === b.version;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
