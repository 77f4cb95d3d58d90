/** Segments before the scan; encoders write about ten. */
const MOST_SEGMENTS = 20;
/** JFIF, tables, restart interval, comment: nothing here changes what the pixels mean. */
const HARMLESS = new Set([0xe0, 0xdb, 0xc4, 0xdd, 0xfe]);
/** Baseline and extended, with Huffman coding. */
const FRAMES = new Set([0xc0, 0xc1]);
const START_OF_SCAN = 0xda;

/** A frame's components in hexadecimal, each as identifier, sampling and table: grey; YCbCr 4:4:4, 4:2:2 and 4:2:0. */
const COMPONENTS = /^(01..11..|0301(11|21|22)..0211..0311..)$/;

/**
 * Whether a JPEG is what analyzers send: one scan of 8 bits, grey or YCbCr in a usual sampling, upright and without a
 * colour profile, since it has no EXIF, ICC or Adobe segment.
 * Source: ITU-T T.81, annex B.
 */
export function isPlainJpeg(encoded: Buffer): boolean {
  let components = 0;
  for (let segment = 0, at = 2; segment < MOST_SEGMENTS && at + 10 <= encoded.length; segment++) {
    const marker = encoded[at + 1] ?? 0;
    const end = at + 2 + encoded.readUInt16BE(at + 2);
    if (encoded[at] !== 0xff) return false;
    // Of several scans each has a part of the components.
    if (marker === START_OF_SCAN) return components > 0 && encoded[at + 4] === components;
    if (FRAMES.has(marker)) {
      if (components > 0 || encoded[at + 4] !== 8) return false;
      if (!COMPONENTS.test(encoded.toString('hex', at + 9, end))) return false;
      components = encoded[at + 9] ?? 0;
    } else if (!HARMLESS.has(marker)) return false;
    at = end;
  }
  return false;
}
