import { expect } from 'vitest';
import { preprocess } from '../../src/images/preprocess.js';
import type { PreprocessingSpec } from '../../src/images/spec.js';
import { readFixture } from './fixtures.js';

const SIZE_PX = 96;
export const MAX_PIXELS = 16_777_216;

/** The preprocessing of a model with a square input. */
export function spec(sizePx = SIZE_PX): PreprocessingSpec {
  return {
    input: { name: 'crops', dataType: 'uint8', layout: 'NHWC', width: sizePx, height: sizePx, channels: 3 },
    preprocessing: { colorSpace: 'srgb', background: [255, 255, 255], fit: 'fill', kernel: 'lanczos3' },
  };
}

/** What a model gets of a file. */
export const tensorOf = (file: Buffer, sizePx?: number) => preprocess(file, spec(sizePx), MAX_PIXELS);
/** What a model gets of a fixture. */
export const tensor = (path: string, sizePx?: number) => tensorOf(readFixture(path), sizePx);

export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? 0))), 0);
}

export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}
