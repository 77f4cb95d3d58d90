import { corruptImage, unsupportedVariant } from './errors.js';
import type { Size } from './size.js';

export interface JpegHeader extends Size {
  /** Passes over the image, each of which decodes all of it. */
  scans: number;
}

const MARKER = 0xff;
const START_OF_SCAN = Buffer.from([MARKER, 0xda]);
/** Encoders write ten; a scan for each coefficient makes 190. */
const MOST_SCANS = 500;
/** Over segments before the frame; more take too long on the event loop. */
const MOST_STEPS = 600_000;
/** Frames of baseline, extended and progressive JPEG, with Huffman or arithmetic coding. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca]);
const OTHER_FRAMES = new Map([
  [0xc3, 'lossless'],
  [0xc5, 'hierarchical'],
  [0xc6, 'hierarchical'],
  [0xc7, 'hierarchical'],
  [0xcb, 'lossless'],
  [0xcd, 'hierarchical'],
  [0xce, 'hierarchical'],
  [0xcf, 'hierarchical'],
  [0xf7, 'JPEG-LS'],
]);

/**
 * The frame's size and the number of scans, from the segments before the first scan.
 * Source: ITU-T T.81, annex B.
 *
 * @throws {ServiceError} corrupt_image, or unsupported_image_format.
 */
export function readJpegHeader(encoded: Buffer): JpegHeader {
  let at = 2;
  for (let step = 0; step < MOST_STEPS && at + 4 <= encoded.length; step++) {
    // Bytes that are no marker: stray ones, which decoders pass over too.
    if (encoded[at] !== MARKER) {
      at = encoded.indexOf(MARKER, at);
      if (at < 0) break;
      continue;
    }
    const marker = encoded[at + 1] ?? 0;
    // Fill bytes, and markers without a segment.
    if (marker === MARKER) at += 1;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === 0xd9 || marker === 0xda) break;
    else if (FRAMES.has(marker)) return frame(encoded, at);
    else if (OTHER_FRAMES.has(marker)) throw unsupportedVariant(`The JPEG is ${OTHER_FRAMES.get(marker)}`);
    else at += 2 + encoded.readUInt16BE(at + 2);
  }
  throw corruptImage('it has no frame');
}

function frame(encoded: Buffer, at: number): JpegHeader {
  if (at + 10 > encoded.length) throw corruptImage('its header is truncated');
  const bits = encoded[at + 4];
  if (bits !== 8) throw unsupportedVariant(`The JPEG has ${bits} bits a sample`);
  const scans = countScans(encoded.subarray(at), MOST_SCANS);
  if (scans === MOST_SCANS) throw corruptImage(`it has ${MOST_SCANS} scans or more`);
  return {
    height: encoded.readUInt16BE(at + 5),
    width: encoded.readUInt16BE(at + 7),
    scans: Math.max(1, scans),
  };
}

/** Of all JPEG streams in these bytes; counted up to `most`. */
export function countScans(encoded: Buffer, most: number): number {
  let scans = 0;
  for (let at = encoded.indexOf(START_OF_SCAN); at >= 0 && scans < most; scans += 1) {
    at = encoded.indexOf(START_OF_SCAN, at + 2);
  }
  return scans;
}
