import sharp, { type Sharp } from 'sharp';
import { ServiceError } from '../errors/problem.js';
import type { Manifest } from '../registry/manifest.js';
import { decodeBmp, readBmpSize } from './bmp.js';
import { checkPixelCount, corruptImage } from './errors.js';
import { detectFormat } from './format.js';

// Of libvips' loaders only these may run, whatever bytes a client sends.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'],
});
// Every crop is another image: libvips' operation cache would only hold memory.
sharp.cache(false);
// Crops are small: many at a time, each in one thread, is the faster way.
sharp.concurrency(1);

export type PreprocessingSpec = Pick<Manifest, 'input' | 'preprocessing'>;

/** Gives a BMP's pixels, uint8 (height, width, 3), RGB. */
export type BmpDecoder = (encoded: Buffer) => Uint8Array | Promise<Uint8Array>;

/**
 * The one preprocessing, as training does it (training/hemoserve_training/data/preprocessing.py): decode, orient by
 * EXIF, convert to 8-bit sRGB, lay on the background, resize. Runs in libvips' threads, but for a BMP's decoding.
 *
 * @param decode for BMPs; without it they are decoded in this thread.
 * @returns uint8 (height, width, 3), RGB, of the manifest's input size.
 * @throws {ServiceError} empty_file, not_an_image, unsupported_image_format, image_too_large or corrupt_image.
 */
export async function preprocess(
  encoded: Buffer,
  { input, preprocessing }: PreprocessingSpec,
  maxPixels: number,
  decode: BmpDecoder = decodeBmp,
): Promise<Uint8Array> {
  const format = await detectFormat(encoded);
  const { width, height } = input;
  const [r, g, b] = preprocessing.background;
  try {
    const image = await (format === 'bmp' ? openBmp(encoded, maxPixels, decode) : open(encoded, maxPixels));
    return await image
      .autoOrient()
      // Converts first of all; without it sharp would shrink large JPEGs while it loads them, which training does
      // not do and which gives other pixels.
      .pipelineColourspace(preprocessing.colorSpace)
      .flatten({ background: { r, g, b } })
      .resize(width, height, { fit: preprocessing.fit, kernel: preprocessing.kernel })
      // All of it: with an extraction sharp orients before it resizes, as training does.
      .extract({ left: 0, top: 0, width, height })
      .toColourspace(preprocessing.colorSpace)
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (format !== 'bmp') await checkSize(encoded, maxPixels);
    throw corruptImage(error);
  }
}

function open(encoded: Buffer, maxPixels: number): Sharp {
  // "warning" is the strictest level: an image that is not whole gives no result.
  return sharp(encoded, { failOn: 'warning', limitInputPixels: maxPixels, sequentialRead: true });
}

/** Only once it failed, since reading the header apart costs a tenth of the whole preprocessing. */
async function checkSize(encoded: Buffer, maxPixels: number): Promise<void> {
  const size = await sharp(encoded, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (size) checkPixelCount(size.width, size.height, maxPixels);
}

async function openBmp(encoded: Buffer, maxPixels: number, decode: BmpDecoder): Promise<Sharp> {
  const { width, height } = readBmpSize(encoded, maxPixels);
  const pixels = await decode(encoded);
  return sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
