import type { Classification } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import { bytesOf, joinElements, splitElements, type Tensor, valueCount } from '../../oip/tensor.js';
import type { Manifest } from '../../registry/manifest.js';

/** Name of the input that takes encoded images; the other one has the manifest's name. */
export const IMAGES = 'images';

/** What the route can be asked for; without trust data there is no decision. */
export const OUTPUTS = ['probabilities', 'class', 'decision'] as const;
export type OutputName = (typeof OUTPUTS)[number];

/** The crops of an input: preprocessed ones, or images as in `/v1/classify`. */
export interface Crops {
  kind: 'pixels' | 'encoded';
  items: Uint8Array[];
}

/** Inputs and outputs as the metadata of a model names them. */
export function tensorsOf({ input, classes, trust }: Manifest) {
  const { name, width, height, channels } = input;
  return {
    inputs: [
      { name, datatype: 'UINT8', shape: [-1, height, width, channels] },
      { name: IMAGES, datatype: 'BYTES', shape: [-1] },
    ],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
      { name: 'class', datatype: 'BYTES', shape: [-1] },
      ...(trust ? [{ name: 'decision', datatype: 'BYTES', shape: [-1] }] : []),
    ],
  };
}

/**
 * The crops of a request's inputs.
 *
 * @throws {ServiceError} invalid_request unless there is one input, and it is one of those of the metadata.
 * @throws {OipError} where the elements of BYTES cannot be told apart.
 */
export function cropsOf(manifest: Manifest, inputs: readonly Tensor[]): Crops {
  const { input } = manifest;
  const [tensor] = inputs;
  const expected = `one input: ${input.name}, UINT8 [n,${input.height},${input.width},${input.channels}], or ${IMAGES}, BYTES [n]`;
  if (!tensor || inputs.length > 1)
    throw invalid(`The request has ${inputs.length} inputs; expected ${expected}.`);
  const { name, datatype, shape } = tensor;
  const [count = 0, ...rest] = shape;
  if (count > 0 && name === input.name && datatype === 'UINT8') {
    const cropBytes = input.height * input.width * input.channels;
    if (`${rest}` === `${[input.height, input.width, input.channels]}`) {
      const at = (index: number) => tensor.bytes.subarray(index * cropBytes, (index + 1) * cropBytes);
      return { kind: 'pixels', items: Array.from({ length: count }, (_, index) => at(index)) };
    }
  }
  if (count > 0 && name === IMAGES && datatype === 'BYTES' && valueCount(rest) === 1) {
    return { kind: 'encoded', items: splitElements(tensor) };
  }
  throw invalid(`The input is ${name}, ${datatype} [${shape}]; expected ${expected}.`);
}

function invalid(detail: string): ServiceError {
  return new ServiceError('invalid_request', detail);
}

/** An output: as JSON, and as bytes. */
export interface Output {
  name: OutputName;
  datatype: string;
  shape: number[];
  data: (number | string)[];
  bytes: () => Uint8Array;
}

/** One output of all crops, in their order. */
export function outputOf(
  name: OutputName,
  classes: readonly string[],
  crops: readonly Classification[],
): Output {
  if (name === 'probabilities') {
    const data = crops.flatMap(({ probabilities }) =>
      classes.map((className) => probabilities[className] ?? 0),
    );
    const shape = [crops.length, classes.length];
    return { name, datatype: 'FP32', shape, data, bytes: () => bytesOf(Float32Array.from(data)) };
  }
  const data = crops.map((crop) => crop[name] ?? '');
  const bytes = () => joinElements(data.map((text) => Buffer.from(text)));
  return { name, datatype: 'BYTES', shape: [crops.length], data, bytes };
}
