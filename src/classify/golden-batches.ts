import type { Device, Session, TryRun } from '../engines/engine.js';
import { joinRows, rowOf } from '../queues/rows.js';
import type { ModelVersion } from '../registry/registry.js';
import { checkGolden, type GoldenImage } from '../registry/verify.js';
import { softmax } from './probabilities.js';

/** Crops that each network and batch size is tried with at least; a wrong one is wrong for nearly all. */
const LEAST_CROPS = 4;

/** A golden image after preprocessing, uint8 (height, width, 3). */
export interface GoldenCrop extends GoldenImage {
  pixels: Uint8Array;
}

/**
 * Tries a session with batches of the golden crops in turn: engines compile or choose another network for another
 * batch size, so one that is right for a single crop says nothing of the others.
 *
 * @returns what rejects with ModelRefused where a golden output differs.
 */
export function tryGolden(session: Session, model: ModelVersion, golden: readonly GoldenCrop[]): TryRun {
  const { calibration } = model.manifest;
  let next = 0;
  return async (count, share) => {
    for (let tried = 0; tried < LEAST_CROPS; tried += count) {
      const crops = Array.from({ length: count }, () => golden[next++ % golden.length] as GoldenCrop);
      const pixels = joinRows(
        Uint8Array,
        crops.map((crop) => crop.pixels),
      );
      const { logits } = await session.run({ pixels, count }, share);
      crops.forEach((crop, index) => {
        const row = rowOf(logits, index, count);
        const where = ` in a batch of ${count}`;
        checkGolden(model, session.description, crop, softmax(row, calibration.temperature), where);
      });
    }
  };
}

/**
 * The batch sizes to run once, beside the golden crops' own. On the GPU all that the batcher can form, since CUDA's
 * libraries choose their kernels for each size, which costs seconds; else the largest, since one network runs all
 * sizes there. An engine that compiles a network for each size runs each of those instead.
 */
export function warmUpSizes(maxBatchSize: number, device: Device | 'remote'): number[] {
  if (device === 'gpu') return Array.from({ length: maxBatchSize }, (_, index) => index + 1);
  return [maxBatchSize];
}
