/** A message that does not follow the Open Inference Protocol, or that has what this service does not read. */
export class OipError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OipError';
  }
}

/** A tensor of a message, whether its data came as JSON or as bytes. */
export interface Tensor {
  name: string;
  /** As the protocol names it: UINT8, FP32, BYTES and so on. */
  datatype: string;
  shape: readonly number[];
  /** The values one after the other, row by row, little-endian; before each element of BYTES its length, uint32. */
  bytes: Uint8Array;
}

/** Bytes of one value; elements of BYTES have lengths of their own. */
const VALUE_BYTES: Partial<Record<string, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
};

const LENGTH_BYTES = 4;

/** Number of values of a shape. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** @throws {OipError} unless a tensor has as many bytes as its shape says. */
export function checkLength({ name, datatype, shape, bytes }: Tensor): void {
  if (datatype === 'BYTES') return;
  const valueBytes = VALUE_BYTES[datatype];
  if (valueBytes === undefined) throw new OipError(`${name} has the unknown datatype ${datatype}`);
  const expected = valueCount(shape) * valueBytes;
  if (bytes.length === expected) return;
  throw new OipError(
    `${name} has ${bytes.length} bytes, but ${datatype} of shape [${shape}] has ${expected}`,
  );
}

/**
 * The bytes of data that came as JSON: flat or nested arrays.
 *
 * @throws {OipError} for values that do not fit, and for other datatypes than UINT8, FP32 and BYTES (base64).
 */
export function bytesOfJson(
  name: string,
  datatype: string,
  shape: readonly number[],
  data: unknown,
): Uint8Array {
  if (!Array.isArray(data)) throw new OipError(`${name} has no data`);
  // No deeper than its shape: a client may nest a million arrays.
  const values: unknown[] = data.some(Array.isArray) ? data.flat(shape.length - 1) : data;
  const count = valueCount(shape);
  if (values.length !== count) {
    throw new OipError(`${name} has ${values.length} values, but its shape [${shape}] has ${count}`);
  }
  switch (datatype) {
    case 'UINT8':
      return Uint8Array.from(values, (value) => checked(name, value, isUint8));
    case 'FP32':
      return bytesOf(Float32Array.from(values, (value) => checked(name, value, isNumber)));
    case 'BYTES':
      return joinElements(values.map((value) => Buffer.from(checked(name, value, isText), 'base64')));
    default:
      throw new OipError(`${name} is ${datatype}, of which no JSON is read`);
  }
}

/** The values of an FP32 tensor. */
export function float32Of({ bytes }: Tensor): Float32Array {
  // A copy, since the values of a message begin anywhere.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The elements of a BYTES tensor as a message has them. */
export function joinElements(elements: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

/** @throws {OipError} unless the tensor's bytes are as many elements as its shape says. */
export function splitElements({ name, shape, bytes }: Tensor): Buffer[] {
  const count = valueCount(shape);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Buffer[] = [];
  let at = 0;
  while (at < all.length && elements.length < count) {
    const end = at + LENGTH_BYTES + (at + LENGTH_BYTES <= all.length ? all.readUInt32LE(at) : 0);
    if (end > all.length) break;
    elements.push(all.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  if (elements.length === count && at === all.length) return elements;
  throw new OipError(`${name} does not have the ${count} elements that its shape [${shape}] says`);
}

function checked<T>(name: string, value: unknown, fits: (value: unknown) => value is T): T {
  if (fits(value)) return value;
  throw new OipError(
    `${name} has the value ${JSON.stringify(value)?.slice(0, 40)}, which does not fit its datatype`,
  );
}

function isUint8(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
