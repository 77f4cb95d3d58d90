/**
 * Writes the few parts of an ONNX file (protocol buffers; field numbers from onnx.proto) that a small network needs.
 */

const VARINT = 0;
const BYTES = 2;
const FLOAT = 1;
const UINT8 = 2;

/**
 * uint8 crops (n, sidePx, sidePx, 3) → `features`, the mean of each channel (n, 3) → `logits` (n, classes).
 *
 * @param activationMaps whether there are those too, (n, sidePx, sidePx, classes): each averages to its logit.
 * @param wrongInBatches whether the logits are right for a single crop only: in a batch, each crop gets the sum of all.
 */
export function meanColourNetwork(
  sidePx: number,
  weights: number[][],
  { activationMaps = false, wrongInBatches = false } = {},
): Buffer {
  const classCount = weights[0]?.length ?? 0;
  const graph = Buffer.concat([
    message(1, node('Cast', ['crops'], 'pixels', [attribute('to', 3, [FLOAT], 2)])),
    message(
      1,
      node('ReduceMean', ['pixels'], 'features', [
        attribute('axes', 8, [1, 2], 7),
        attribute('keepdims', 3, [0], 2),
      ]),
    ),
    ...(wrongInBatches
      ? [
          message(1, node('MatMul', ['features', 'weights'], 'own', [])),
          message(
            1,
            node('ReduceL1', ['features'], 'sums', [
              attribute('axes', 8, [0], 7),
              attribute('keepdims', 3, [1], 2),
            ]),
          ),
          message(1, node('MatMul', ['sums', 'weights'], 'all', [])),
          message(1, node('Add', ['own', 'all'], 'both', [])),
          message(1, node('Sub', ['both', 'own'], 'logits', [])),
        ]
      : [message(1, node('MatMul', ['features', 'weights'], 'logits', []))]),
    ...(activationMaps ? [message(1, node('MatMul', ['pixels', 'weights'], 'activationMaps', []))] : []),
    text(2, 'mean-colour'),
    message(5, tensor('weights', weights)),
    message(11, valueInfo('crops', UINT8, [sidePx, sidePx, 3])),
    message(12, valueInfo('logits', FLOAT, [classCount])),
    message(12, valueInfo('features', FLOAT, [3])),
    ...(activationMaps
      ? [message(12, valueInfo('activationMaps', FLOAT, [sidePx, sidePx, classCount]))]
      : []),
  ]);
  return Buffer.concat([integer(1, 8), message(7, graph), message(8, integer(2, 17))]);
}

function node(opType: string, inputs: string[], output: string, attributes: Buffer[]): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, opType),
    ...attributes.map((content) => message(5, content)),
  ]);
}

function attribute(name: string, field: number, values: number[], type: number): Buffer {
  return Buffer.concat([text(1, name), ...values.map((value) => integer(field, value)), integer(20, type)]);
}

function tensor(name: string, rows: number[][]): Buffer {
  const data = Float32Array.from(rows.flat());
  return Buffer.concat([
    integer(1, rows.length),
    integer(1, rows[0]?.length ?? 0),
    integer(2, FLOAT),
    text(8, name),
    message(9, Buffer.from(data.buffer)),
  ]);
}

function valueInfo(name: string, elementType: number, shape: number[]): Buffer {
  const batch = message(1, text(2, 'n'));
  const dimensions = Buffer.concat([batch, ...shape.map((size) => message(1, integer(1, size)))]);
  const type = message(1, Buffer.concat([integer(1, elementType), message(2, dimensions)]));
  return Buffer.concat([text(1, name), message(2, type)]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.from([...varint((field << 3) | VARINT), ...varint(value)]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...varint((field << 3) | BYTES), ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** Where the values of each stored tensor lie in an ONNX file. */
export function tensorRanges(file: Buffer): { start: number; end: number }[] {
  const graphs = fields(file, { start: 0, end: file.length }, 7);
  const tensors = graphs.flatMap((graph) => fields(file, graph, 5));
  return tensors.flatMap((one) => fields(file, one, 9));
}

/** The contents of a message's fields of that number that have a length. */
function fields(file: Buffer, { start, end }: { start: number; end: number }, wanted: number) {
  const found: { start: number; end: number }[] = [];
  let at = start;
  const read = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = file.readUInt8(at++);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const key = read();
    const wire = key & 7;
    if (wire === VARINT) {
      read();
    } else {
      const length = wire === BYTES ? read() : wire === 1 ? 8 : 4;
      if (key >>> 3 === wanted && wire === BYTES) found.push({ start: at, end: at + length });
      at += length;
    }
  }
  return found;
}
