import { corruptImage, unsupportedVariant } from '../errors.js';
import type { Size } from '../size.js';
import { type Masks, masksOf } from './masks.js';
import { readPalette } from './palette.js';

/** What a BMP's headers say, checked: its pixels can be read by it. */
export interface BmpHeader extends Size {
  /** The first row is the top one; else the bottom one. */
  topDown: boolean;
  bitsPerPixel: number;
  /** Runs of equal palette indices in place of rows. */
  runLength: boolean;
  /** Of up to 8 bits a pixel: three bytes a colour, RGB. */
  palette?: Uint8Array;
  /** Of 16 and 32 bits a pixel. */
  masks?: Masks;
  /** Bytes from the file's begin to its pixels. */
  pixelOffset: number;
}

/** The sizes of Windows' headers; OS/2 has 12 (1.x), and 16 to 64 (2.x). */
const INFO_HEADER_BYTES = 40;
const OS2_HEADER_BYTES = 12;
const WINDOWS_HEADERS = new Set([INFO_HEADER_BYTES, 52, 56, 108, 124]);
const DIB_OFFSET = 14;

const [NONE, RLE8, RLE4, BIT_FIELDS, ALPHA_BIT_FIELDS] = [0, 1, 2, 3, 6];
const BITS = new Set([1, 2, 4, 8, 16, 24, 32]);

/**
 * Source: Microsoft, "Bitmap Header Types" and "Bitmap Compression"; Murray and van Ryper, "Encyclopedia of Graphics
 * File Formats" (1996) for OS/2.
 *
 * @throws {ServiceError} corrupt_image, or unsupported_image_format.
 */
export function readBmpHeader(encoded: Buffer): BmpHeader {
  const headerBytes = encoded.length < DIB_OFFSET + 4 ? 0 : encoded.readUInt32LE(DIB_OFFSET);
  if (encoded.length < DIB_OFFSET + Math.max(headerBytes, OS2_HEADER_BYTES)) {
    throw corruptImage('its header is truncated');
  }
  const header = headerBytes === OS2_HEADER_BYTES ? readOs2(encoded) : readInfo(encoded, headerBytes);
  const { bitsPerPixel, compression } = header;
  if (!BITS.has(bitsPerPixel)) throw corruptImage(`it has ${bitsPerPixel} bits a pixel`);
  const runLength = compression === RLE8 || compression === RLE4;
  if (runLength && (bitsPerPixel !== (compression === RLE8 ? 8 : 4) || header.topDown)) {
    throw corruptImage('its compression does not fit its bits a pixel or its order of rows');
  }

  const withFields = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
  const masks = masksOf(encoded, {
    bitsPerPixel,
    headerBytes,
    withFields,
    withAlpha: compression === ALPHA_BIT_FIELDS,
  });
  // Behind a header of 40 bytes its masks come before all else.
  const maskBytes =
    withFields && headerBytes === INFO_HEADER_BYTES ? (compression === BIT_FIELDS ? 12 : 16) : 0;
  const afterHeader = DIB_OFFSET + headerBytes + maskBytes;
  const saidOffset = encoded.readUInt32LE(10);
  if (saidOffset !== 0 && saidOffset < afterHeader) throw corruptImage('its pixels begin within its header');
  const palette =
    bitsPerPixel <= 8
      ? readPalette(encoded, {
          offset: afterHeader,
          end: saidOffset || encoded.length,
          colours: Math.min(header.colours || Number.POSITIVE_INFINITY, 2 ** bitsPerPixel),
          bytesPerColour: headerBytes === OS2_HEADER_BYTES ? 3 : 4,
        })
      : undefined;
  const { width, height, topDown } = header;
  return {
    width,
    height,
    topDown,
    bitsPerPixel,
    runLength,
    pixelOffset: saidOffset || afterHeader + (palette?.bytes ?? 0),
    ...(palette && { palette: palette.rgb }),
    ...(masks && { masks }),
  };
}

function readOs2(encoded: Buffer) {
  return {
    width: encoded.readUInt16LE(18),
    height: encoded.readUInt16LE(20),
    topDown: false,
    bitsPerPixel: encoded.readUInt16LE(24),
    compression: NONE,
    colours: 0,
  };
}

function readInfo(encoded: Buffer, headerBytes: number) {
  const isWindows = WINDOWS_HEADERS.has(headerBytes);
  if (!isWindows && (headerBytes < 16 || headerBytes > 64)) {
    throw corruptImage(`its header has ${headerBytes} bytes`);
  }
  // OS/2's headers may end after any field; the fields that are not there are zero.
  const field = (offset: number) =>
    offset + 4 <= DIB_OFFSET + headerBytes ? encoded.readUInt32LE(offset) : 0;
  const compression = field(30);
  if (compression > (isWindows ? ALPHA_BIT_FIELDS : RLE4) || compression === 4 || compression === 5) {
    const names = isWindows ? ['JPEG', 'PNG'] : ['Huffman coding', 'RLE24'];
    const name = names[compression - (isWindows ? 4 : 3)] ?? `compression ${compression}`;
    throw unsupportedVariant(`The BMP has ${name} inside`);
  }
  const height = encoded.readInt32LE(22);
  return {
    width: encoded.readInt32LE(18),
    height: Math.abs(height),
    topDown: height < 0,
    bitsPerPixel: encoded.readUInt16LE(28),
    compression,
    colours: field(46),
  };
}
