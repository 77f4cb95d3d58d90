import { unsupportedVariant } from '../errors.js';

/**
 * What the values are multiplied by to fill their bits. MaxSampleValue is the largest value that may come, such as 4095
 * of a camera with 12 bits; some writers put the largest value of this one image there, which tells nothing.
 *
 * @throws {ServiceError} unsupported_image_format if it is too small for the latter, and no number of bits.
 */
export function fullScale(maxSampleValue: number | undefined, bits: number): number {
  const full = 2 ** bits - 1;
  // Whatever it means, the brightest value is in the upper half.
  if (bits < 8 || maxSampleValue === undefined || maxSampleValue > full / 2) return 1;
  if (bits === 16 && maxSampleValue >= 255 && Number.isInteger(Math.log2(maxSampleValue + 1))) {
    return full / maxSampleValue;
  }
  throw unsupportedVariant(`The TIFF's MaxSampleValue is ${maxSampleValue}, with ${bits} bits a sample`);
}
