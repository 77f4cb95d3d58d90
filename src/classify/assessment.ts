import type { CropPixels } from '../trust/measures.js';
import type { NoveltyModel } from '../trust/novelty.js';

/** What is assessed of one crop. */
export interface AssessmentInput {
  /** uint8 (height, width, 3), after preprocessing. */
  pixels: Uint8Array;
  logits: Float32Array;
  features: Float32Array;
}

/** The same of many crops, one after the other. */
export interface AssessmentBatch extends AssessmentInput {
  count: number;
}

export interface Assessment {
  /** In the order of MEASURES, where they are wanted. */
  measures?: Float64Array;
  /** The novelty score, where the model has one. */
  novelty?: number;
}

/** What the assessor tells this worker thread. */
export interface AssessWorkerOptions extends Omit<CropPixels, 'pixels'> {
  featureCount: number;
  /** Whether the image measures are wanted. */
  measures: boolean;
  novelty?: NoveltyModel;
}
