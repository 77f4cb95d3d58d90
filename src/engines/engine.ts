import type { ModelVersion } from '../registry/registry.js';

/** Crops after preprocessing, one after the other: uint8 (count, height, width, 3), RGB. */
export interface CropBatch {
  pixels: Uint8Array;
  count: number;
}

/** What the model says of a batch, row by row. */
export interface BatchOutput {
  /** float32 (count, classes), before temperature and softmax. */
  logits: Float32Array;
  /** float32 (count, featureCount), the pooled features before the head. */
  features: Float32Array;
}

/** What runs the model, and where, for operators. */
export interface EngineDescription {
  name: string;
  version: string;
  device: string;
  threads: number;
}

/**
 * Runs one model. Adapters keep the inference off the event loop; calls after `load` may overlap.
 * To add one, see CONTRIBUTING.md.
 */
export interface InferenceEngine {
  /** Batches to run at a time, where more than one is faster; read once the model is loaded. */
  readonly concurrency?: number;
  /** Rejects when the model's file does not load or lacks the manifest's input or outputs. */
  load(model: ModelVersion): Promise<void>;
  /** Runs each batch size once, so that no request pays for a first run. */
  warmUp(batchSizes: readonly number[]): Promise<void>;
  /** Takes over `batch.pixels`: the caller may not use its buffer again. */
  run(batch: CropBatch): Promise<BatchOutput>;
  describe(): EngineDescription;
  close(): Promise<void>;
}
