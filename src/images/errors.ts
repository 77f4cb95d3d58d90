import { ServiceError } from '../errors/problem.js';

/** Damaged image data. The reason is in our own words; the decoder's go into the log, as the cause. */
export function corruptImage(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('corrupt_image', `The image does not decode: ${reason}.`, { cause });
}

/** A sound image of a kind that the service does not read; docs/reference/images.md lists these kinds. */
export function unsupportedVariant(what: string): ServiceError {
  return new ServiceError('unsupported_image_format', `${what}; such images are not read.`);
}
