import { expect, it } from 'vitest';
import { forFirstStart, instructionSet } from '../../../src/engines/choose/expected-speed.js';

const WAYS = (['onnxruntime', 'openvino'] as const).flatMap((engine) =>
  (['float32', 'bfloat16', 'int8'] as const).map((precision) => ({ engine, precision })),
);
const first = (flags: string[]) => forFirstStart(WAYS, instructionSet(flags))[0];

it('a first start takes what the processor runs fastest, of what compiles nothing', () => {
  const int8 = { engine: 'onnxruntime', precision: 'int8' };
  expect(first(['sse2', 'avx2', 'avx512f', 'avx512_vnni'])).toEqual(int8);
  expect(first(['avx2', 'avx_vnni'])).toEqual(int8);
  expect(first(['avx512_vnni', 'amx_tile', 'amx_int8', 'amx_bf16'])).toEqual(int8);
  expect(first(['sse2', 'avx2'])).toEqual(int8);
  expect(first([])).toEqual(int8);
});

it('what compiles comes last, the fastest first', () => {
  const order = forFirstStart(WAYS, 'vnni').map(({ engine, precision }) => `${engine} ${precision}`);
  expect(order).toEqual([
    'onnxruntime int8',
    'onnxruntime float32',
    'onnxruntime bfloat16',
    'openvino int8',
    'openvino float32',
    'openvino bfloat16',
  ]);
});
