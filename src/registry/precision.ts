import type { EngineName } from '../vocabulary/engines.js';
import { PRECISIONS, type Precision } from '../vocabulary/precisions.js';
import type { Manifest } from './manifest.js';

/** Most accuracy that an engine may lose in a precision and still serve it: 0.1 points. */
const MAX_ACCURACY_LOSS = 0.001;

/** The precisions that the manifest knows; evaluation takes them all. */
export function knownPrecisions(manifest: Manifest): Precision[] {
  return PRECISIONS.filter((precision) => precision === 'float32' || manifest.precisions?.[precision]);
}

/** Those that the engine may serve: float32, and where its own evaluation lost at most 0.1 points of accuracy. */
export function servedPrecisions(manifest: Manifest, engine: EngineName): Precision[] {
  return knownPrecisions(manifest).filter((precision) => {
    if (precision === 'float32') return true;
    const loss = manifest.precisions?.[precision]?.accuracyLoss?.[engine];
    return loss !== undefined && loss <= MAX_ACCURACY_LOSS;
  });
}

/** Difference of a probability that rounding may make in any precision but float32. */
const ROUNDING = 0.02;

/** The same between processors, where both run the same int8 network in the same engine. */
const WIDEST_OF_MEASURED = 0.1;

/**
 * Largest accepted difference of one golden probability in a precision.
 *
 * Where much is allowed, it is for the least certain of the golden images: the same error of the logits moves a
 * probability p by p(1-p), which is largest at 1/2. So the others have so much less.
 *
 * @param expected the probability.
 * @param measured whether it was measured in this precision with this engine; else it is float32's.
 */
export function goldenTolerance(
  manifest: Manifest,
  precision: Precision,
  expected: number,
  measured = false,
): number {
  const own = precision === 'float32' ? undefined : manifest.precisions?.[precision];
  if (!own) return manifest.golden.tolerance;
  const widest = measured ? WIDEST_OF_MEASURED : own.goldenTolerance;
  return Math.min(widest, Math.max(ROUNDING, widest * 4 * expected * (1 - expected)));
}
