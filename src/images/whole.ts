import { ServiceError } from '../errors/problem.js';
import { corruptImage } from './errors.js';

/** How strictly libvips reads; training has the same two (preprocessing.py). */
const LEVELS = ['warning', 'error'] as const;

/** Warnings of libjpeg after which pixels are missing or wrong. All others leave the picture whole. */
const DAMAGE = /premature end|bad (Huffman|arithmetic) code|instead of RST|[Ii]nconsistent progression/;

/** Of sharp, when its `timeout` is over. */
const TOOK_LONG = /timeout: \d+% complete/;
const ENDS_EARLY = /premature end|end of (file|input)|truncat|not enough|read error|EOF/i;

/**
 * What decodes whole is read, with warnings too; what is truncated or damaged is not.
 *
 * @param decode with a level of strictness.
 * @throws {ServiceError} corrupt_image, or image_too_large if it takes too long.
 */
export async function decodeWhole(
  decode: (failOn: (typeof LEVELS)[number]) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let failure: unknown;
  for (const level of LEVELS) {
    try {
      return await decode(level);
    } catch (error) {
      failure = error;
      if (DAMAGE.test(String(error)) || TOOK_LONG.test(String(error))) break;
    }
  }
  throw problemOf(failure);
}

/** What a client is told of an error of sharp's. */
export function problemOf(error: unknown): ServiceError {
  const message = String(error);
  if (TOOK_LONG.test(message))
    return new ServiceError('image_too_large', 'The image takes too long to decode.');
  return corruptImage(ENDS_EARLY.test(message) ? 'its data ends early' : 'its data is damaged', error);
}
