import { createHash } from 'node:crypto';
import type { EngineName } from '../vocabulary/engines.js';
import { PRECISIONS, type Precision } from '../vocabulary/precisions.js';
import type { Manifest } from './manifest.js';

/** What each engine loads, in words. */
export const ARTIFACT_KINDS: Readonly<Record<EngineName, string>> = {
  onnxruntime: 'ONNX file',
  openvino: 'ONNX file',
  tensorflow: 'SavedModel',
  remote: 'network',
};

/** Path in the version's folder of what an engine loads for a precision; undefined where the version has none. */
export function findArtifact(
  { onnx, savedModel, precisions }: Manifest,
  engine: EngineName,
  precision: Precision,
): string | undefined {
  if (engine === 'tensorflow') return precision === 'float32' ? savedModel : undefined;
  if (precision === 'int8') return precisions?.int8?.onnx;
  // A remote engine has the network from somebody else, in either form.
  return engine === 'remote' ? (onnx ?? savedModel) : onnx;
}

/**
 * As `findArtifact`, for an engine that is to load it.
 *
 * @throws {Error} where the version has none.
 */
export function artifactPath(manifest: Manifest, engine: EngineName, precision: Precision): string {
  const path = findArtifact(manifest, engine, precision);
  if (path === undefined) {
    throw new Error(`its manifest names no ${ARTIFACT_KINDS[engine]} for ${engine} in ${precision}`);
  }
  return path;
}

/**
 * Tells what an engine loads from any other: SHA-256 of its path and of those of all files, since the weights of an
 * ONNX file may be in others.
 */
export function artifactSha256({ files }: Manifest, artifact: string): string {
  return createHash('sha256')
    .update(JSON.stringify([artifact, files]))
    .digest('hex');
}

/** The files, by their paths in the version's folder, that some engine cannot do without. */
export function artifactFiles(manifest: Manifest): string[] {
  const networks = PRECISIONS.flatMap((precision) => findArtifact(manifest, 'onnxruntime', precision) ?? []);
  const { savedModel } = manifest;
  return [...new Set(networks), ...(savedModel ? [`${savedModel}/saved_model.pb`] : [])];
}
