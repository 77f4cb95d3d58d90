import type { BmpHeader } from './header.js';
import type { Masks } from './masks.js';
import { readRuns } from './run-length.js';

/** 4 if the file says what is alpha. */
export function channelsOf({ masks }: BmpHeader): 3 | 4 {
  return masks?.alpha ? 4 : 3;
}

/**
 * Decodes a BMP, since sharp reads none; this blocks its thread. The fourth byte of 32 bits is padding, unless a mask
 * says that it is alpha.
 *
 * @returns uint8 (height, width, channels), RGB or RGBA.
 * @throws if the pixels end early, or a palette lacks a colour.
 */
export function decodeBmp(encoded: Uint8Array, header: BmpHeader): Uint8Array<ArrayBuffer> {
  const { width, height, bitsPerPixel, runLength, pixelOffset } = header;
  if (runLength) {
    const indices = readRuns(encoded.subarray(pixelOffset), width, height, bitsPerPixel);
    return coloured(indices, header);
  }
  const rowBytes = Math.ceil((width * bitsPerPixel) / 8);
  const strideBytes = Math.ceil(rowBytes / 4) * 4;
  if (pixelOffset + strideBytes * (height - 1) + rowBytes > encoded.length)
    throw new Error('its rows end early');
  /** Begin of the row with that number from the top. */
  const rowAt = (row: number) => pixelOffset + strideBytes * (header.topDown ? row : height - 1 - row);
  if (bitsPerPixel <= 8) {
    return coloured(unpack(encoded, header, rowAt), header);
  }
  if (header.masks) return decodeMasked(encoded, header, header.masks, rowAt);

  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0, to = 0; row < height; row++) {
    for (let from = rowAt(row), end = from + rowBytes; from < end; from += 3, to += 3) {
      pixels[to] = encoded[from + 2] ?? 0;
      pixels[to + 1] = encoded[from + 1] ?? 0;
      pixels[to + 2] = encoded[from] ?? 0;
    }
  }
  return pixels;
}

/** Palette indices, uint8 (height, width), of rows with 1 to 8 bits a pixel, the highest bits first. */
function unpack(
  encoded: Uint8Array,
  { width, height, bitsPerPixel }: BmpHeader,
  rowAt: (row: number) => number,
) {
  const indices = new Uint8Array(width * height);
  const pixelsPerByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let row = 0, to = 0; row < height; row++) {
    const from = rowAt(row);
    for (let x = 0; x < width; x++, to++) {
      const shift = 8 - bitsPerPixel * ((x % pixelsPerByte) + 1);
      indices[to] = ((encoded[from + Math.floor(x / pixelsPerByte)] ?? 0) >> shift) & mask;
    }
  }
  return indices;
}

function coloured(indices: Uint8Array, { palette = new Uint8Array() }: BmpHeader): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(indices.length * 3);
  const colours = palette.length / 3;
  for (let pixel = 0, to = 0; pixel < indices.length; pixel++, to += 3) {
    const index = indices[pixel] ?? 0;
    if (index >= colours) throw new Error(`its palette has ${colours} colours, and a pixel number ${index}`);
    pixels[to] = palette[3 * index] ?? 0;
    pixels[to + 1] = palette[3 * index + 1] ?? 0;
    pixels[to + 2] = palette[3 * index + 2] ?? 0;
  }
  return pixels;
}

function decodeMasked(
  encoded: Uint8Array,
  { width, height, bitsPerPixel }: BmpHeader,
  { red, green, blue, alpha }: Masks,
  rowAt: (row: number) => number,
): Uint8Array<ArrayBuffer> {
  const channels = [red, green, blue, ...(alpha ? [alpha] : [])].map(channelOf);
  const count = channels.length;
  const bytesPerPixel = bitsPerPixel / 8;
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const pixels = new Uint8Array(width * height * count);
  let anyAlpha = 0;
  for (let row = 0, to = 0; row < height; row++) {
    for (let x = 0, from = rowAt(row); x < width; x++, from += bytesPerPixel) {
      const value = bytesPerPixel === 2 ? view.getUint16(from, true) : view.getUint32(from, true);
      for (const { shift, max } of channels) pixels[to++] = (255 * ((value >>> shift) & max)) / max + 0.5;
      if (count === 4) anyAlpha |= pixels[to - 1] ?? 0;
    }
  }
  // Alpha that is 0 everywhere was never written.
  if (count === 4 && anyAlpha === 0) for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  return pixels;
}

/** How to take a channel out of a pixel. More than 16 bits would not fit the arithmetic, and mean nothing in 8. */
function channelOf(mask: number) {
  const lowest = 31 - Math.clz32(mask & -mask);
  const bits = 32 - Math.clz32(mask) - lowest;
  const dropped = Math.max(bits - 16, 0);
  return { shift: lowest + dropped, max: 2 ** (bits - dropped) - 1 };
}
