import { checkRange } from './content.js';
import { type ImageHeader, readHeader } from './header.js';
import { type BmpDecoder, bmpReader } from './readers/bmp.js';
import { libvipsReader } from './readers/libvips.js';
import type { Reader } from './readers/reader.js';
import { tiffReader } from './readers/tiff.js';
import { turboJpegReader } from './readers/turbojpeg.js';
import type { PreprocessingSpec } from './spec.js';
import type { TurboJpeg } from './turbojpeg.js';

export interface ReaderOptions {
  /** Without it BMPs are decoded in this thread. */
  decodeBmp?: BmpDecoder;
  /** Without it libvips decodes all JPEGs. */
  turboJpeg?: TurboJpeg | undefined;
}

/** The first that reads an image has it. */
export function chooseReaders({ decodeBmp, turboJpeg }: ReaderOptions = {}): readonly Reader[] {
  const fast = turboJpeg ? [turboJpegReader(turboJpeg)] : [];
  return [...fast, libvipsReader, tiffReader, bmpReader(decodeBmp)] as readonly Reader[];
}

export interface PreprocessOptions {
  /** The image's header, if it was read before. */
  header?: ImageHeader;
  readers?: readonly Reader[];
}

/**
 * The one preprocessing, as training does it (training/hemoserve_training/data/preprocessing.py): decode, orient by
 * EXIF, convert to 8-bit sRGB, lay on the background, resize. Runs in native threads, but for a BMP's decoding.
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
  for (const reader of options.readers ?? chooseReaders()) {
    const pixels = reader.reads(header) && (await reader.read(encoded, header, spec, maxPixels));
    if (!pixels) continue;
    if (header.deep) checkRange(pixels);
    return pixels;
  }
  throw new Error(`nothing reads ${header.format}`);
}
