import { ServiceError } from '../errors/problem.js';
import { corruptImage } from './errors.js';

/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

/**
 * The longer side by the shorter one, at most. Crops are about square. Long strips cost much more than their pixels:
 * each side is resized on its own. With it a side has at most four times the root of the most pixels.
 */
export const MAX_ASPECT = 16;

/** @throws {ServiceError} image_too_large or corrupt_image, by what the header says. */
export function checkSize({ width, height }: Size, maxPixels: number): void {
  if (!(width > 0 && height > 0)) throw corruptImage('it has no pixels');
  if (width * height > maxPixels) {
    throw new ServiceError(
      'image_too_large',
      `The image is ${width}x${height}; at most ${maxPixels} pixels.`,
    );
  }
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) {
    throw new ServiceError(
      'image_too_large',
      `The image is ${width}x${height}; one side may be at most ${MAX_ASPECT} times as long as the other.`,
    );
  }
}
