import { workerData } from 'piscina';
import { measureCrop } from '../trust/measures.js';
import { NoveltyScorer } from '../trust/novelty.js';
import { MEASURES } from '../vocabulary/measures.js';
import type { Assessment, AssessmentBatch, AssessWorkerOptions } from './assessment.js';

const { width, height, featureCount, measures: wanted, novelty } = workerData as AssessWorkerOptions;
const scorer = novelty && new NoveltyScorer(novelty, featureCount, MEASURES.length);

export default function assess({ count, pixels, logits, features }: AssessmentBatch): Assessment[] {
  return Array.from({ length: count }, (_, index) => {
    const crop = row(pixels, index, count);
    const measures = wanted
      ? measureCrop({ pixels: crop, width, height })
      : new Float64Array(MEASURES.length);
    const input = { logits: row(logits, index, count), features: row(features, index, count), measures };
    return { ...(wanted && { measures }), ...(scorer && { novelty: scorer.score(input) }) };
  });
}

function row<T extends Uint8Array | Float32Array>(all: T, index: number, count: number): T {
  const length = all.length / count;
  return all.subarray(index * length, (index + 1) * length) as T;
}
