import { z } from 'zod';
import { bytesOfJson, checkLength, OipError, type Tensor } from './tensor.js';

/**
 * Messages of the Open Inference Protocol v2 over HTTP, with the binary tensor data extension: the body begins with JSON,
 * and after it come the bytes of the tensors that have a `binary_data_size`, in their order.
 * https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */

/** The header with the length of a body's JSON. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';
/** The type of a body with bytes after its JSON. */
export const BINARY_TYPE = 'application/octet-stream';
/** The extension's name in a server's metadata. */
export const BINARY_EXTENSION = 'binary_tensor_data';

const parametersSchema = z.looseObject({ binary_data_size: z.int().nonnegative().optional() });

/** A tensor in a message's JSON. */
export const jsonTensorSchema = z.looseObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int().nonnegative()).max(8),
  parameters: parametersSchema.optional(),
  data: z.unknown().optional(),
});

export type JsonTensor = z.infer<typeof jsonTensorSchema>;

/**
 * Reads the JSON of a body.
 *
 * @param jsonLength as the header says; the whole body is JSON without it.
 * @returns what the JSON says, and the bytes after it.
 * @throws {OipError} where it is none, or does not fit the schema.
 */
export function splitBody<T>(
  body: Uint8Array,
  jsonLength: string | undefined,
  schema: z.ZodType<T>,
): { message: T; rest: Uint8Array } {
  const length = jsonLength === undefined ? body.length : Number(jsonLength);
  if (!Number.isInteger(length) || length < 0 || length > body.length) {
    throw new OipError(`${JSON_LENGTH_HEADER} is ${jsonLength}, but the body has ${body.length} bytes`);
  }
  const text = Buffer.from(body.buffer, body.byteOffset, length).toString();
  try {
    return { message: schema.parse(JSON.parse(text)), rest: body.subarray(length) };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no JSON';
    throw new OipError(`The message cannot be read: ${reason}`, { cause: error });
  }
}

/**
 * The tensors of a message.
 *
 * @param rest the bytes after the JSON.
 * @throws {OipError} unless each has as much data as its shape says, and nothing is left over.
 */
export function readTensors(tensors: readonly JsonTensor[], rest: Uint8Array): Tensor[] {
  let at = 0;
  const read = tensors.map(({ name, datatype, shape, parameters, data }) => {
    const size = parameters?.binary_data_size;
    if (size === undefined) return { name, datatype, shape, bytes: bytesOfJson(name, datatype, shape, data) };
    const bytes = rest.subarray(at, at + size);
    at += size;
    const tensor = { name, datatype, shape, bytes };
    if (bytes.length < size) throw new OipError(`${name} has ${bytes.length} bytes, not ${size}`);
    checkLength(tensor);
    return tensor;
  });
  if (at === rest.length) return read;
  throw new OipError(`${rest.length - at} bytes after the JSON belong to no tensor`);
}

/** A body of JSON and the bytes of its tensors, in order. */
export function joinBody(
  message: object,
  tensors: readonly Uint8Array[],
): { jsonLength: number; body: Buffer } {
  const json = Buffer.from(JSON.stringify(message));
  return { jsonLength: json.length, body: Buffer.concat([json, ...tensors]) };
}
