import { corruptImage } from '../errors.js';

/** Which bits of a pixel, a little-endian number, are which channel's. */
export interface Masks {
  red: number;
  green: number;
  blue: number;
  /** 0 without. */
  alpha: number;
}

interface Fields {
  bitsPerPixel: number;
  headerBytes: number;
  /** The file says its masks. */
  withFields: boolean;
  /** And that of alpha too, behind a header of 40 bytes. */
  withAlpha: boolean;
}

const MASKS_OFFSET = 54;
/** The header with an alpha mask in it, V3, or a later one. */
const ALPHA_HEADER_BYTES = 56;

/** The masks of 16 and 32 bits a pixel: those in the file if it says so, else 5 or 8 bits a channel. */
export function masksOf(encoded: Buffer, fields: Fields): Masks | undefined {
  const { bitsPerPixel, withFields } = fields;
  if (bitsPerPixel !== 16 && bitsPerPixel !== 32) {
    if (withFields) throw corruptImage(`it has colour masks with ${bitsPerPixel} bits a pixel`);
    return undefined;
  }
  // Without them a V4 or V5 header has fields for masks too, which mean nothing.
  if (withFields) return readMasks(encoded, fields);
  return bitsPerPixel === 16
    ? { red: 0x7c00, green: 0x3e0, blue: 0x1f, alpha: 0 }
    : { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0 };
}

function readMasks(encoded: Buffer, { bitsPerPixel, headerBytes, withAlpha }: Fields): Masks {
  const hasAlpha = withAlpha || headerBytes >= ALPHA_HEADER_BYTES;
  if (encoded.length < MASKS_OFFSET + (hasAlpha ? 16 : 12)) throw corruptImage('its header is truncated');
  const mask = (index: number) => encoded.readUInt32LE(MASKS_OFFSET + 4 * index);
  const masks = { red: mask(0), green: mask(1), blue: mask(2), alpha: hasAlpha ? mask(3) : 0 };
  const { red, green, blue, alpha } = masks;
  const isRun = (value: number) => /^1+0*$/.test(value.toString(2));
  const apart =
    popCount(red) + popCount(green) + popCount(blue) + popCount(alpha) ===
    popCount(red | green | blue | alpha);
  if (![red, green, blue].every(isRun) || (alpha !== 0 && !isRun(alpha)) || !apart) {
    throw corruptImage('its colour masks are no masks');
  }
  if (Math.max(red, green, blue, alpha) >= 2 ** bitsPerPixel)
    throw corruptImage('its colour masks are too wide');
  return masks;
}

function popCount(value: number): number {
  return (value >>> 0).toString(2).replaceAll('0', '').length;
}
