import { workerData } from 'piscina';
import { joinRows, rowOf } from '../queues/rows.js';
import { measureCrop } from '../trust/measures.js';
import { NoveltyScorer } from '../trust/novelty.js';
import { MEASURES } from '../vocabulary/measures.js';
import type { AssessWorkerOptions, MeasureTask, ScoreTask } from './assessment.js';

const { width, height, featureCount, novelty } = workerData as AssessWorkerOptions;
const scorer = novelty && new NoveltyScorer(novelty, featureCount, MEASURES.length);

/** @returns float64 (count, MEASURES) */
export function measure({ count, pixels }: MeasureTask): Float64Array {
  const rows = Array.from({ length: count }, (_, index) =>
    measureCrop({ pixels: rowOf(pixels, index, count), width, height }),
  );
  return joinRows(Float64Array, rows);
}

/** @returns the novelty score of each crop */
export function score({ count, logits, features, measures }: ScoreTask): number[] {
  if (!scorer) throw new Error('the model has no novelty');
  return Array.from({ length: count }, (_, index) =>
    scorer.score({
      logits: rowOf(logits, index, count),
      features: rowOf(features, index, count),
      measures: rowOf(measures, index, count),
    }),
  );
}
