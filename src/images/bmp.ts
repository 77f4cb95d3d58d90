import { decode } from 'bmp-ts';
import { checkPixelCount, corruptImage } from './errors.js';

/** Pixels without encoding: uint8 (height, width, 3), RGB. */
export interface RawImage {
  pixels: Buffer;
  width: number;
  height: number;
}

const WIDTH_OFFSET = 18;
const HEIGHT_OFFSET = 22;

/**
 * Decodes a BMP of any depth, since sharp reads none. The fourth byte of 32-bit files is padding more often
 * than alpha, so it is ignored.
 *
 * @throws {ServiceError} image_too_large or corrupt_image.
 */
export function decodeBmp(encoded: Buffer, maxPixels: number): RawImage {
  if (encoded.length < HEIGHT_OFFSET + 4) throw corruptImage('the header is truncated');
  const width = Math.abs(encoded.readInt32LE(WIDTH_OFFSET));
  const height = Math.abs(encoded.readInt32LE(HEIGHT_OFFSET));
  checkPixelCount(width, height, maxPixels);
  if (width === 0 || height === 0) throw corruptImage('it has no pixels');
  try {
    // bmp-ts gives four bytes a pixel: alpha, blue, green, red.
    const abgr = decode(encoded).data;
    const pixels = Buffer.allocUnsafe(width * height * 3);
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
      pixels[to] = abgr[from + 3] ?? 0;
      pixels[to + 1] = abgr[from + 2] ?? 0;
      pixels[to + 2] = abgr[from + 1] ?? 0;
    }
    return { pixels, width, height };
  } catch (error) {
    throw corruptImage(error);
  }
}
