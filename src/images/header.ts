import { ServiceError } from '../errors/problem.js';
import { type BmpHeader, readBmpHeader } from './bmp/header.js';
import { detectFormat } from './format.js';
import { readJpegHeader } from './jpeg.js';
import { isPlainJpeg } from './plain-jpeg.js';
import { readPngHeader } from './png.js';
import { checkSize, type Size } from './size.js';
import { readTiff, type TiffReading } from './tiff/reading.js';

/** What is known of an image before it is decoded. */
export type ImageHeader = Size & {
  /** What decoding it costs, in pixels of a plain picture of three bytes a pixel. */
  workPixels: number;
  /** Samples have 16 bits. */
  deep: boolean;
} & (
    | { format: 'jpeg' /** As analyzers send it: `isPlainJpeg`. */; plain: boolean }
    | { format: 'png' }
    | { format: 'bmp'; bmp: BmpHeader }
    | { format: 'tiff'; tiff: TiffReading }
  );

/** Work for a pixel that may come, at the largest size: 16 bits with alpha, interlaced, is 5.3. */
const MOST_WORK = 8;

/**
 * Reads an image's header, in microseconds.
 *
 * @throws {ServiceError} empty_file, not_an_image, unsupported_image_format, image_too_large or corrupt_image.
 */
export async function readHeader(encoded: Buffer, maxPixels: number): Promise<ImageHeader> {
  const header = read(encoded, await detectFormat(encoded));
  checkSize(header, maxPixels);
  if (header.workPixels > MOST_WORK * maxPixels) {
    throw new ServiceError(
      'image_too_large',
      'The image takes too much work to decode, for its bits, scans, tiles, texts or profiles.',
    );
  }
  return header;
}

function read(encoded: Buffer, format: ImageHeader['format']): ImageHeader {
  switch (format) {
    case 'jpeg': {
      const { width, height, scans } = readJpegHeader(encoded);
      const plain = isPlainJpeg(encoded);
      return { format, width, height, workPixels: width * height * scans, deep: false, plain };
    }
    case 'png': {
      const { width, height, bits, samples, interlaced, unpackedBytes } = readPngHeader(encoded);
      const workPixels = width * height * weight(samples, bits) * (interlaced ? 2 : 1) + unpackedBytes / 3;
      return { format, width, height, workPixels, deep: bits === 16 };
    }
    case 'tiff': {
      const tiff = readTiff(encoded);
      const { width, height, samples, bits, scans, tilePixels } = tiff;
      const workPixels = Math.max(width * height, tilePixels) * weight(samples, bits) * scans;
      return { format, tiff, width, height, workPixels, deep: bits === 16 };
    }
    case 'bmp': {
      const bmp = readBmpHeader(encoded);
      const { width, height } = bmp;
      return { format, bmp, width, height, workPixels: width * height, deep: false };
    }
  }
}

/** The cost of a pixel by that of three samples of 8 bits. */
function weight(samples: number, bits: number): number {
  return Math.max(1, (samples * bits) / 24);
}
