import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { ServiceError } from '../errors/problem.js';
import type { Manifest } from '../registry/manifest.js';
import { channelsOf, decodeBmp } from './bmp/decode.js';
import type { BmpHeader } from './bmp/header.js';
import { checkRange } from './content.js';
import { corruptImage } from './errors.js';
import { type ImageHeader, readHeader } from './header.js';
import { decodeWhole, problemOf } from './whole.js';

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
const MOST_SECONDS = 5;

export type PreprocessingSpec = Pick<Manifest, 'input' | 'preprocessing'>;

/** Gives a BMP's pixels, as `decodeBmp` does. */
export type BmpDecoder = (encoded: Buffer, header: BmpHeader) => Uint8Array | Promise<Uint8Array>;

export interface PreprocessOptions {
  /** The image's header, if it was read before. */
  header?: ImageHeader;
  /** For BMPs; without it they are decoded in this thread. */
  decodeBmp?: BmpDecoder;
}

/**
 * The one preprocessing, as training does it (training/hemoserve_training/data/preprocessing.py): decode, orient by
 * EXIF, convert to 8-bit sRGB, lay on the background, resize. Runs in libvips' threads, but for a BMP's decoding.
 *
 * @returns uint8 (height, width, 3), RGB, of the manifest's input size.
 * @throws {ServiceError} empty_file, not_an_image, unsupported_image_format, image_too_large or corrupt_image.
 */
export async function preprocess(
  encoded: Buffer,
  spec: PreprocessingSpec,
  maxPixels: number,
  options: PreprocessOptions = {},
): Promise<Uint8Array> {
  const header = options.header ?? (await readHeader(encoded, maxPixels));
  const pixels =
    header.format === 'bmp'
      ? await decodeAsBmp(encoded, header.bmp, spec, options.decodeBmp ?? decodeBmp)
      : await decodeWhole((failOn) =>
          decode(encoded, header, spec, { failOn, limitInputPixels: maxPixels, sequentialRead: true }),
        );
  if (header.deep) checkRange(pixels);
  return pixels;
}

async function decodeAsBmp(
  encoded: Buffer,
  header: BmpHeader,
  spec: PreprocessingSpec,
  decode: BmpDecoder,
): Promise<Uint8Array> {
  const { width, height } = header;
  const pixels = await Promise.resolve()
    .then(() => decode(encoded, header))
    .catch((error: Error) => {
      // Not the image's fault: the thread that had it died.
      if (error instanceof ServiceError) throw error;
      throw corruptImage(error.message, error);
    });
  const raw = { width, height, channels: channelsOf(header) };
  return resized(sharp(pixels, { raw, limitInputPixels: false }), spec).catch((error) => {
    throw problemOf(error);
  });
}

async function decode(
  encoded: Buffer,
  header: ImageHeader,
  spec: PreprocessingSpec,
  options: SharpOptions,
): Promise<Uint8Array> {
  if (header.format !== 'tiff') return resized(sharp(encoded, options), spec);
  const { page, scale, offset, samples, dropsExtraSample } = header.tiff;
  const { colorSpace } = spec.preprocessing;
  const image = sharp(encoded, { ...options, page });
  if (scale !== 1) {
    // In 16 bits until the values fill them.
    const deepSpace = samples < 3 ? 'grey16' : 'rgb16';
    return resized(image.linear(scale, offset), spec, deepSpace);
  }
  if (!dropsExtraSample) return resized(image, spec);
  // Before all else, since libvips takes it for alpha.
  const { data, info } = await image
    .autoOrient()
    .pipelineColourspace(colorSpace)
    .removeAlpha()
    .toColourspace(colorSpace)
    .raw({ depth: 'uchar' })
    .timeout({ seconds: MOST_SECONDS })
    .toBuffer({ resolveWithObject: true });
  return resized(sharp(data, { raw: info, limitInputPixels: false }), spec);
}

function resized(
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
