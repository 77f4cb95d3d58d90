import sharp, { type Sharp } from 'sharp';
import type { PreprocessingSpec } from './spec.js';

// Of libvips' loaders only these may run, whatever bytes a client sends.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'],
});
// Every crop is another image: libvips' operation cache would only hold memory.
sharp.cache(false);
// Crops are small: many at a time, each in one thread, is the faster way.
sharp.concurrency(1);

/** Of processing one image; ordinary crops take milliseconds. */
export const MOST_SECONDS = 5;

/** From this factor on sharp shrinks a JPEG while it loads it, though it is told not to do that fast. */
const SHRUNK_WHILE_LOADED = 4;

/**
 * Orients an image by EXIF, converts it to 8-bit sRGB, lays it on the background, and resizes it.
 *
 * @returns uint8 (height, width, 3), RGB, of the spec's input size.
 */
export function resized(
  image: Sharp,
  { input: { width, height }, preprocessing }: PreprocessingSpec,
  pipelineSpace: string = preprocessing.colorSpace,
): Promise<Uint8Array> {
  const [r, g, b] = preprocessing.background;
  return (
    image
      .autoOrient()
      // Converts first of all; without it sharp would shrink large JPEGs while it loads them, which training does
      // not do and which gives other pixels.
      .pipelineColourspace(pipelineSpace)
      .flatten({ background: { r, g, b } })
      .resize(width, height, { fit: preprocessing.fit, kernel: preprocessing.kernel })
      // All of it: with an extraction sharp orients before it resizes, as training does.
      .extract({ left: 0, top: 0, width, height })
      .toColourspace(preprocessing.colorSpace)
      .raw({ depth: 'uchar' })
      .timeout({ seconds: MOST_SECONDS })
      .toBuffer()
  );
}

/** The same for an image that is upright 8-bit sRGB without alpha, of a size that `isShrunkWhileLoaded` denies. */
export function onlyResized(
  image: Sharp,
  { input: { width, height }, preprocessing: { fit, kernel } }: PreprocessingSpec,
): Promise<Uint8Array> {
  return image
    .resize(width, height, { fit, kernel, fastShrinkOnLoad: false })
    .raw({ depth: 'uchar' })
    .timeout({ seconds: MOST_SECONDS })
    .toBuffer();
}

/** Whether sharp would shrink a JPEG of this size while it loads it, if nothing else is to be done. */
export function isShrunkWhileLoaded(
  { width, height }: { width: number; height: number },
  { input }: PreprocessingSpec,
): boolean {
  return width >= SHRUNK_WHILE_LOADED * input.width || height >= SHRUNK_WHILE_LOADED * input.height;
}
