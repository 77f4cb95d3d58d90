import { corruptImage } from '../errors.js';

/** A page's tags that matter here, by their numbers; text is its bytes. */
export type Tags = ReadonlyMap<number, readonly number[]>;

export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  imageDescription: 270,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  maxSampleValue: 281,
  planarConfiguration: 284,
  tileWidth: 322,
  tileHeight: 323,
  extraSamples: 338,
  sampleFormat: 339,
  dngVersion: 50706,
} as const;

const WANTED = new Set<number>(Object.values(TAG));
/** Files with more are stacks; no more of them are looked at. */
const MAX_PAGES = 64;
/** Of a page; usual ones have some twenty. */
const MAX_ENTRIES = 4096;
/** Of one tag: of a text its begin. */
const MAX_VALUES = 1024;

const BYTES_BY_TYPE: Record<number, 1 | 2 | 4 | 8 | undefined> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  13: 4,
  16: 8,
  18: 8,
};

/**
 * The tags of each page of a TIFF or BigTIFF, of either byte order.
 * Source: Adobe, "TIFF Revision 6.0" (1992); "The BigTIFF File Format" of libtiff's documents.
 *
 * @throws {ServiceError} corrupt_image
 */
export function readPages(encoded: Buffer): Tags[] {
  try {
    return walk(encoded);
  } catch (error) {
    if (error instanceof RangeError) throw corruptImage('its directory is truncated', error);
    throw error;
  }
}

/** @throws {RangeError} where the file ends. */
function walk(encoded: Buffer): Tags[] {
  const little = encoded[0] === 0x49;
  const big = encoded[little ? 2 : 3] === 43;
  const read = (offset: number, bytes: 1 | 2 | 4 | 8): number => {
    if (bytes === 1) return encoded.readUInt8(offset);
    if (bytes === 8)
      return Number(little ? encoded.readBigUInt64LE(offset) : encoded.readBigUInt64BE(offset));
    return little ? encoded.readUIntLE(offset, bytes) : encoded.readUIntBE(offset, bytes);
  };
  const wordBytes = big ? 8 : 4;
  const countBytes = big ? 8 : 2;
  const entryBytes = 4 + 2 * wordBytes;

  const pages: Tags[] = [];
  let directory = read(big ? 8 : 4, wordBytes);
  while (directory !== 0 && pages.length < MAX_PAGES) {
    const tags = new Map<number, number[]>();
    const count = read(directory, countBytes);
    if (count > MAX_ENTRIES) throw corruptImage(`its directory has ${count} tags`);
    const end = directory + countBytes + count * entryBytes;
    for (let entry = directory + countBytes; entry < end; entry += entryBytes) {
      const tag = read(entry, 2);
      const bytes = BYTES_BY_TYPE[read(entry + 2, 2)];
      if (!bytes || !WANTED.has(tag) || tags.has(tag)) continue;
      const values = Math.min(read(entry + 4, wordBytes), MAX_VALUES);
      const place = entry + 4 + wordBytes;
      const from = values * bytes <= wordBytes ? place : read(place, wordBytes);
      tags.set(
        tag,
        Array.from({ length: values }, (_, index) => read(from + index * bytes, bytes)),
      );
    }
    pages.push(tags);
    directory = read(end, wordBytes);
  }
  return pages;
}

/** A tag's first value. */
export function one(tags: Tags, tag: number): number | undefined {
  return tags.get(tag)?.[0];
}
