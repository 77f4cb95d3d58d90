import type { Manifest } from '../../registry/manifest.js';
import { outputNames } from '../engine.js';
import type { ModelMetadata, TensorMetadata } from './client.js';

/**
 * Checks what the remote engine says of the model, as far as it says anything.
 *
 * @throws {Error} where its input or an output is missing, or is another than the manifest's.
 */
export function checkMetadata(manifest: Manifest, { inputs, outputs }: ModelMetadata): void {
  const { name, width, height, channels } = manifest.input;
  if (inputs?.length) check('input', inputs, name, 'UINT8', [-1, height, width, channels]);
  if (!outputs?.length) return;
  const { classes, outputs: expected } = manifest;
  const { logits, features } = outputNames(manifest);
  check('output', outputs, logits, 'FP32', [-1, classes.length]);
  check('output', outputs, features, 'FP32', [-1, expected.featureCount]);
  if (!expected.activationMaps) return;
  const { name: maps, height: rows, width: columns } = expected.activationMaps;
  check('output', outputs, maps, 'FP32', [-1, rows, columns, classes.length]);
}

/** A size of -1 may be any. Servers that make batches leave the first one out of the shape. */
function check(
  kind: string,
  found: readonly TensorMetadata[],
  name: string,
  datatype: string,
  shape: readonly number[],
): void {
  const tensor = found.find((candidate) => candidate.name === name);
  if (!tensor) {
    throw new Error(`the remote model has no ${kind} ${name}, but ${found.map((one) => one.name)}`);
  }
  const sizes = tensor.shape.length === shape.length - 1 ? [-1, ...tensor.shape] : tensor.shape;
  const fits =
    sizes.length === shape.length &&
    sizes.every((size, index) => size === -1 || shape[index] === -1 || size === shape[index]);
  if (fits && tensor.datatype === datatype) return;
  throw new Error(
    `the remote model's ${kind} ${name} is ${tensor.datatype} [${tensor.shape}]; its manifest says ` +
      `${datatype} [${shape}]`,
  );
}
