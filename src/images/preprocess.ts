import sharp, { type Sharp } from 'sharp';
import type { Manifest } from '../registry/manifest.js';
import { decodeBmp } from './bmp.js';
import { checkPixelCount, corruptImage } from './errors.js';
import { detectFormat } from './format.js';

// Of libvips' loaders only these may run, whatever bytes a client sends.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'],
});
// Every crop is another image: libvips' operation cache would only hold memory.
sharp.cache(false);

export type PreprocessingSpec = Pick<Manifest, 'input' | 'preprocessing'>;

/**
 * The one preprocessing, as training does it (training/hemoserve_training/preprocessing.py): decode, orient by
 * EXIF, convert to 8-bit sRGB, lay on the background, resize. Runs in libvips' threads.
 *
 * @returns uint8 (height, width, 3), RGB, of the manifest's input size.
 * @throws {ServiceError} empty_file, not_an_image, unsupported_image_format, image_too_large or corrupt_image.
 */
export async function preprocess(
  encoded: Buffer,
  { input, preprocessing }: PreprocessingSpec,
  maxPixels: number,
): Promise<Uint8Array> {
  const format = await detectFormat(encoded);
  const image = format === 'bmp' ? openBmp(encoded, maxPixels) : await open(encoded, maxPixels);
  const [r, g, b] = preprocessing.background;
  try {
    return await image
      .flatten({ background: { r, g, b } })
      .resize(input.width, input.height, { fit: preprocessing.fit, kernel: preprocessing.kernel })
      .toColourspace(preprocessing.colorSpace)
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    throw corruptImage(error);
  }
}

async function open(encoded: Buffer, maxPixels: number): Promise<Sharp> {
  // "warning" is the strictest level: an image that is not whole gives no result.
  const image = sharp(encoded, { failOn: 'warning', limitInputPixels: false, sequentialRead: true });
  const { width, height, autoOrient } = await image.metadata().catch((error: unknown) => {
    throw corruptImage(error);
  });
  checkPixelCount(width, height, maxPixels);
  // Extracting the whole image keeps sharp from shrinking large JPEGs while it loads them, which training
  // does not do and which gives other pixels.
  return image.autoOrient().extract({ left: 0, top: 0, ...autoOrient });
}

function openBmp(encoded: Buffer, maxPixels: number): Sharp {
  const { pixels, width, height } = decodeBmp(encoded, maxPixels);
  return sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
