import { z } from 'zod';
import {
  BINARY_TYPE,
  JSON_LENGTH_HEADER,
  joinBody,
  jsonTensorSchema,
  readTensors,
  splitBody,
} from '../../oip/message.js';
import { float32Of, type Tensor } from '../../oip/tensor.js';
import type { Manifest } from '../../registry/manifest.js';
import { type BatchOutput, type CropBatch, type OutputNames, outputNames, readOutputs } from '../engine.js';
import { wrongAnswer } from './faults.js';

const answerSchema = z.looseObject({ outputs: z.array(jsonTensorSchema) });

/** Each uint8 as JSON. */
const DIGITS = Array.from({ length: 256 }, (_, value) => Buffer.from(`${value},`));

/** A batch as a request: its headers and its body. */
export function batchRequest(
  manifest: Manifest,
  { pixels, count }: CropBatch,
  asBytes: boolean,
): { headers: Record<string, string>; body: Buffer } {
  const { name, width, height, channels } = manifest.input;
  const input = { name, datatype: 'UINT8', shape: [count, height, width, channels] };
  const outputs = Object.values<string>(outputNames(manifest)).map((output) => ({
    name: output,
    ...(asBytes && { parameters: { binary_data: true } }),
  }));
  if (asBytes) {
    const parameters = { binary_data_size: pixels.length };
    const { jsonLength, body } = joinBody({ inputs: [{ ...input, parameters }], outputs }, [pixels]);
    return { headers: { 'content-type': BINARY_TYPE, [JSON_LENGTH_HEADER]: String(jsonLength) }, body };
  }
  const [before = '', after = ''] = JSON.stringify({ inputs: [{ ...input, data: [] }], outputs }).split('[]');
  const body = Buffer.concat([Buffer.from(`${before}[`), digits(pixels), Buffer.from(`]${after}`)]);
  return { headers: { 'content-type': 'application/json' }, body };
}

/**
 * Reads the answer to a batch.
 *
 * @param jsonLength of its header, where it has one.
 * @throws {OipError} where it cannot be read.
 * @throws {ServiceError} engine_wrong_answer where an output is missing, or has another shape or data type than the
 *   manifest says.
 */
export function readAnswer(
  manifest: Manifest,
  count: number,
  jsonLength: string | undefined,
  body: Uint8Array,
): BatchOutput {
  const { message, rest } = splitBody(body, jsonLength, answerSchema);
  const tensors = readTensors(message.outputs, rest);
  const { classes, outputs } = manifest;
  const { width = 0, height = 0 } = outputs.activationMaps ?? {};
  const shapes: Record<keyof OutputNames, number[]> = {
    logits: [count, classes.length],
    features: [count, outputs.featureCount],
    activationMaps: [count, height, width, classes.length],
  };
  const names = outputNames(manifest);
  const shapeOf = Object.fromEntries(
    Object.entries(names).map(([output, name]) => [name, shapes[output as keyof OutputNames]]),
  );
  const output = readOutputs(names, (name) => float32Output(tensors, name, shapeOf[name] ?? []));
  if (!output.logits.every(Number.isFinite)) throw wrongAnswer('its logits are no numbers');
  return output;
}

function float32Output(tensors: readonly Tensor[], name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (!tensor) throw wrongAnswer(`it has no output ${name}`);
  const found = `${tensor.datatype} of shape [${tensor.shape}]`;
  const expected = `FP32 of shape [${shape}]`;
  if (found !== expected) throw wrongAnswer(`${name} is ${found}, not ${expected}`);
  return float32Of(tensor);
}

/** Values with a comma between each two. `JSON.stringify` of a batch would take a turn of the event loop too long. */
function digits(values: Uint8Array): Buffer {
  const text = Buffer.allocUnsafe(4 * values.length);
  let at = 0;
  for (const value of values) {
    const digit = DIGITS[value] as Buffer;
    for (let index = 0; index < digit.length; index++) text[at++] = digit[index] as number;
  }
  return text.subarray(0, Math.max(0, at - 1));
}
