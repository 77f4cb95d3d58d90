import { ServiceError } from '../errors/problem.js';
import { unsupportedVariant } from './errors.js';

/**
 * The largest standard deviation of a channel in a picture without any structure, in levels of 255: the noise of a
 * camera stays below. All 13,673 crops of PBC and 351 of another laboratory have 15.4 or more.
 */
export const BLANK_DEVIATION = 5;
/** Every so many pixels count: enough for a deviation, and no divisor of a usual width. */
const STEP_PIXELS = 7;

/** 14 bits in 16 come out no brighter than this. */
const BRIGHTEST_OF_14_BITS = 63;

/**
 * Whether an image of 16 bits a sample fills them.
 *
 * @param pixels uint8 (height, width, 3), RGB, after the preprocessing.
 * @throws {ServiceError} unsupported_image_format where it uses 14 bits at most, without having said so.
 */
export function checkRange(pixels: Uint8Array): void {
  const brightest = pixels.reduce((most, value) => Math.max(most, value), 0);
  if (brightest > BRIGHTEST_OF_14_BITS) return;
  throw unsupportedVariant(
    `The image has 16 bits a sample, uses only the lowest ${256 * (brightest + 1)} values, and does not say its range`,
  );
}

/**
 * Whether a picture shows anything.
 *
 * @param pixels uint8 (height, width, 3), RGB, after the preprocessing.
 * @throws {ServiceError} blank_image
 */
export function checkStructure(pixels: Uint8Array): void {
  const deviation = largestDeviation(pixels);
  if (deviation > BLANK_DEVIATION) return;
  throw new ServiceError(
    'blank_image',
    `The image shows nothing: the standard deviation of its channels is at most ${deviation.toFixed(1)} of 255.`,
  );
}

/** The largest standard deviation of the three channels. */
export function largestDeviation(pixels: Uint8Array): number {
  return Math.max(...[0, 1, 2].map((channel) => deviationOf(pixels, channel)));
}

function deviationOf(pixels: Uint8Array, channel: number): number {
  let [count, sum, squares] = [0, 0, 0];
  for (let at = channel; at < pixels.length; at += 3 * STEP_PIXELS) {
    const value = pixels[at] ?? 0;
    count += 1;
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0));
}
