import type { EngineName } from '../vocabulary/engines.js';
import type { Manifest } from './manifest.js';

/** Arithmetic of the network's layers, most exact first. */
export const PRECISIONS = ['float32', 'bfloat16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

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

/** Path of the network's ONNX file for a precision, in the version's folder. */
export function onnxPath(manifest: Manifest, precision: Precision): string {
  const quantized = precision === 'int8' ? manifest.precisions?.int8 : undefined;
  return (quantized ?? manifest).onnx;
}

/** Largest accepted difference of one golden probability in a precision. */
export function goldenTolerance(manifest: Manifest, precision: Precision): number {
  const own = precision === 'float32' ? undefined : manifest.precisions?.[precision];
  return own?.goldenTolerance ?? manifest.golden.tolerance;
}
