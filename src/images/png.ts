import { corruptImage } from './errors.js';
import type { Size } from './size.js';

const SAMPLES_BY_COLOUR_TYPE: Record<number, number | undefined> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const HEADER_BYTES = 33;

export interface PngHeader extends Size {
  bits: number;
  samples: number;
  interlaced: boolean;
  /** What its compressed texts and profiles may unpack to, at most. */
  unpackedBytes: number;
}

const DEFLATE_MAX_RATIO = 1032;
/** Chunks with compressed content beside the pixels. */
const COMPRESSED = new Set(['zTXt', 'iTXt', 'iCCP'].map((name) => Buffer.from(name).readUInt32BE()));

/** Source: W3C, "Portable Network Graphics (PNG) Specification", IHDR. */
export function readPngHeader(encoded: Buffer): PngHeader {
  if (encoded.length < HEADER_BYTES) throw corruptImage('its header is truncated');
  const samples = SAMPLES_BY_COLOUR_TYPE[encoded[25] ?? 0];
  if (encoded.toString('latin1', 12, 16) !== 'IHDR' || !samples) throw corruptImage('its header is damaged');
  return {
    width: encoded.readUInt32BE(16),
    height: encoded.readUInt32BE(20),
    bits: encoded[24] ?? 8,
    samples,
    interlaced: encoded[28] === 1,
    unpackedBytes: DEFLATE_MAX_RATIO * compressedBytes(encoded),
  };
}

function compressedBytes(encoded: Buffer): number {
  let bytes = 0;
  // As numbers, since a file may have a million chunks.
  for (let at = 8; at + 8 <= encoded.length; ) {
    const length = encoded.readUInt32BE(at);
    if (COMPRESSED.has(encoded.readUInt32BE(at + 4))) bytes += length;
    at += 12 + length;
  }
  return bytes;
}
