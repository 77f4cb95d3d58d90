import type { CropPixels } from '../trust/measures.js';
import type { NoveltyModel } from '../trust/novelty.js';

/** What the network says of one crop, of which novelty is made. */
export interface ScoreInput {
  logits: Float32Array;
  features: Float32Array;
}

/** Crops to measure: uint8 (count, height, width, 3), after preprocessing. */
export interface MeasureTask {
  count: number;
  pixels: Uint8Array;
}

/** Crops to score: each array has those of the first one, then those of the second, and so on. */
export interface ScoreTask extends ScoreInput {
  count: number;
  measures: Float64Array;
}

export interface Assessment {
  /** In the order of MEASURES, where they are wanted. */
  measures?: Float64Array;
  /** The novelty score, where the model has one. */
  novelty?: number;
}

/** What the assessor tells its worker threads. */
export interface AssessWorkerOptions extends Omit<CropPixels, 'pixels'> {
  featureCount: number;
  /** Whether the image measures are wanted. */
  measures: boolean;
  novelty?: NoveltyModel;
}
