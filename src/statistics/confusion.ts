import { type Proportion, proportion } from './proportion.js';

/** Who was taken for whom. */
export interface ConfusionMatrix {
  /** (classes, classes): crops by true class (row) and predicted class (column). */
  counts: number[][];
  /** (classes): files by true class that gave an error instead of a class. */
  notClassified: number[];
}

/** How one class does; undefined where there is nothing to divide by. */
export interface ClassFigures {
  name: string;
  /** Crops of the class, those that gave an error among them. */
  support: number;
  /** Crops that were taken for it. */
  predicted: number;
  /** Right ones among those taken for it. */
  precision: Proportion | undefined;
  /** Right ones among those of it; an error counts as wrong. */
  recall: Proportion | undefined;
  f1: number | undefined;
}

/**
 * @param truths (n): the crops' true classes, by index.
 * @param predicted (n): what they were taken for; undefined for a file that gave an error.
 */
export function confusionMatrix(
  truths: readonly number[],
  predicted: readonly (number | undefined)[],
  classCount: number,
): ConfusionMatrix {
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  const notClassified = new Array<number>(classCount).fill(0);
  for (const [index, truth] of truths.entries()) {
    const taken = predicted[index];
    if (taken === undefined) increment(notClassified, truth);
    else increment(counts[truth] ?? [], taken);
  }
  return { counts, notClassified };
}

/** Precision, recall and F1 of each class, defined as in training/hemoserve_training/measure/metrics.py. */
export function classFigures({ counts, notClassified }: ConfusionMatrix, classes: string[]): ClassFigures[] {
  return classes.map((name, index) => {
    const row = counts[index] ?? [];
    const hits = row[index] ?? 0;
    const support = sum(row) + (notClassified[index] ?? 0);
    const predicted = sum(counts.map((other) => other[index] ?? 0));
    return {
      name,
      support,
      predicted,
      precision: proportion(hits, predicted),
      recall: proportion(hits, support),
      f1: support + predicted === 0 ? undefined : (2 * hits) / (support + predicted),
    };
  });
}

/**
 * Mean F1 over the classes that have crops or were predicted, as in scikit-learn's `f1_score(average="macro")`: the
 * others are neither right nor wrong.
 *
 * @returns undefined where no class is one of these.
 */
export function macroF1(figures: readonly ClassFigures[]): number | undefined {
  const there = figures.flatMap(({ f1 }) => f1 ?? []);
  return there.length === 0 ? undefined : sum(there) / there.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function increment(values: number[], index: number): void {
  values[index] = (values[index] ?? 0) + 1;
}
