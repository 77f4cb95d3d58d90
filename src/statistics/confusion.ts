import type { Outcome } from '../evaluate/classify-files.js';
import { type Estimate, estimate } from './proportion.js';

/** Who was taken for whom. */
export interface ConfusionMatrix {
  /** (classes, classes): crops by label (row) and predicted class (column). */
  counts: number[][];
  /** (classes): files by label that gave an error instead of a class. */
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
  precision: Estimate | undefined;
  /** Right ones among those of it; an error counts as wrong. */
  recall: Estimate | undefined;
  f1: number;
}

export function confusionMatrix(outcomes: readonly Outcome[], classCount: number): ConfusionMatrix {
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  const notClassified = new Array<number>(classCount).fill(0);
  for (const outcome of outcomes) {
    if ('error' in outcome) increment(notClassified, outcome.label);
    else increment(counts[outcome.label] ?? [], outcome.predicted);
  }
  return { counts, notClassified };
}

/** Precision, recall and F1 of each class, defined as in training/hemoserve_training/metrics.py. */
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
      precision: estimate(hits, predicted),
      recall: estimate(hits, support),
      f1: (2 * hits) / Math.max(1, support + predicted),
    };
  });
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function increment(values: number[], index: number): void {
  values[index] = (values[index] ?? 0) + 1;
}
