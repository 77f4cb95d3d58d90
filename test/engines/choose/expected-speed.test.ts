import { expect, it } from 'vitest';
import { byExpectedSpeed, instructionSet } from '../../../src/engines/choose/expected-speed.js';

const WAYS = (['onnxruntime', 'openvino'] as const).flatMap((engine) =>
  (['float32', 'bfloat16', 'int8'] as const).map((precision) => ({ engine, precision })),
);
const first = (flags: string[]) => byExpectedSpeed(WAYS, instructionSet(flags))[0];

it('the engine is chosen by what the processor can do', () => {
  const int8 = { engine: 'openvino', precision: 'int8' };
  expect(first(['sse2', 'avx2', 'avx512f', 'avx512_vnni'])).toEqual(int8);
  expect(first(['avx2', 'avx_vnni'])).toEqual(int8);
  expect(first(['avx512_vnni', 'amx_tile', 'amx_int8', 'amx_bf16'])).toEqual(int8);
  const float32 = { engine: 'onnxruntime', precision: 'float32' };
  expect(first(['sse2', 'avx2'])).toEqual(float32);
  expect(first([])).toEqual(float32);
});
