/** A field of a protobuf message: its number, and an integer, a text, or bytes (a message of its own). */
type Field = [number: number, value: number | string | Uint8Array];

const FLOAT = 1;
const UINT8 = 2;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/**
 * An ONNX network that says how red, green and blue a crop is: uint8 `crops` (batch, side, side, 3) to `features`
 * (batch, 3), the mean of each channel, to `logits` (batch, classes), a linear function of these.
 *
 * @param weights one row per channel, one column per class.
 */
export function meanColourNetwork(side: number, weights: number[][], biases: number[]): Buffer {
  const classCount = biases.length;
  const graph = message(
    [1, node('Cast', ['crops'], ['floats'], [1, attribute('to', ATTRIBUTE_INT, [3, FLOAT])])],
    [
      1,
      node(
        'ReduceMean',
        ['floats'],
        ['features'],
        [1, attribute('axes', ATTRIBUTE_INTS, [8, 1], [8, 2])],
        [1, attribute('keepdims', ATTRIBUTE_INT, [3, 0])],
      ),
    ],
    [1, node('Gemm', ['features', 'weights', 'biases'], ['logits'])],
    [2, 'mean-colour'],
    [5, tensor('weights', [3, classCount], weights.flat())],
    [5, tensor('biases', [classCount], biases)],
    [11, valueInfo('crops', UINT8, [side, side, 3])],
    [12, valueInfo('features', FLOAT, [3])],
    [12, valueInfo('logits', FLOAT, [classCount])],
  );
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 13])]);
}

/** Field numbers as in onnx.proto3 (github.com/onnx/onnx). */
function node(operator: string, inputs: string[], outputs: string[], ...attributes: Field[]): Buffer {
  return message(
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, operator],
    ...attributes.map(([, value]): Field => [5, value]),
  );
}

function attribute(name: string, type: number, ...values: Field[]): Buffer {
  return message([1, name], ...values, [20, type]);
}

function tensor(name: string, shape: number[], values: number[]): Buffer {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return message(...shape.map((size): Field => [1, size]), [2, FLOAT], [8, name], [9, bytes]);
}

/** A value whose first dimension is the batch. */
function valueInfo(name: string, elementType: number, shape: number[]): Buffer {
  const dimensions = [message([2, 'batch']), ...shape.map((size) => message([1, size]))];
  const shapeMessage = message(...dimensions.map((dimension): Field => [1, dimension]));
  return message([1, name], [2, message([1, message([1, elementType], [2, shapeMessage])])]);
}

/** The wire format: https://protobuf.dev/programming-guides/encoding/ */
function message(...fields: Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint(number << 3), varint(value)];
      const bytes = Buffer.from(value as Uint8Array);
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
