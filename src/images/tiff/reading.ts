import { corruptImage, unsupportedVariant } from '../errors.js';
import { countScans } from '../jpeg.js';
import type { Size } from '../size.js';
import { fullScale } from './range.js';
import { bitsOf, JPEG, samplesOf, WHITE_IS_ZERO } from './samples.js';
import { one, readPages, TAG, type Tags } from './tags.js';

/** How to read a TIFF right. */
export interface TiffReading extends Size {
  /** The page that is the picture, from 0. */
  page: number;
  samples: number;
  bits: number;
  /** What each sample is multiplied by, where the file says that it uses fewer bits than it has; else 1. */
  scale: number;
  /** What is added then. */
  offset: number;
  /** The last sample is no alpha: it is dropped. */
  dropsExtraSample: boolean;
  /** Of one tile, which is decoded at once; 0 without tiles. */
  tilePixels: number;
  /** Passes over each strip or tile. */
  scans: number;
}

/** That are counted, of all strips or tiles. */
const MOST_SCANS = 100_000;
/** Bits of NewSubfileType: a reduced image, and a mask. */
const NOT_THE_PICTURE = 1 | 4;

/**
 * Finds the page that is the picture, and whether its values are of a kind that libvips reads right.
 *
 * @throws {ServiceError} corrupt_image, or unsupported_image_format with what the file has.
 */
export function readTiff(encoded: Buffer): TiffReading {
  const pages = readPages(encoded);
  const pictures = pages.filter((tags) => ((one(tags, TAG.subfileType) ?? 0) & NOT_THE_PICTURE) === 0);
  const [tags] = pictures;
  if (!tags) throw corruptImage('it has no page with a picture');
  if (tags.has(TAG.dngVersion)) throw unsupportedVariant('It is a DNG raw image');
  const imageCount = Math.max(pictures.length, imageJImages(tags));
  if (imageCount > 1)
    throw unsupportedVariant(`The TIFF has ${imageCount} pages, where one file is one crop`);

  const width = one(tags, TAG.width) ?? 0;
  const height = one(tags, TAG.height) ?? 0;
  const bits = bitsOf(tags);
  const { samples, extra, dropsExtraSample } = samplesOf(tags);
  const scale = fullScale(one(tags, TAG.maxSampleValue), bits);
  if (scale !== 1 && extra > 0)
    throw unsupportedVariant('The TIFF has an extra sample and does not use all bits');
  return {
    page: pages.indexOf(tags),
    width,
    height,
    samples,
    bits,
    scale,
    // Of a file whose 0 is white libvips has turned the values about, by all bits.
    offset: one(tags, TAG.photometric) === WHITE_IS_ZERO ? (2 ** bits - 1) * (1 - scale) : 0,
    dropsExtraSample,
    ...blocksOf(encoded, tags, { width, height }),
  };
}

function blocksOf(encoded: Buffer, tags: Tags, { width, height }: Size) {
  const tilePixels = (one(tags, TAG.tileWidth) ?? 0) * (one(tags, TAG.tileHeight) ?? 0);
  if (one(tags, TAG.compression) !== JPEG) return { tilePixels, scans: 1 };
  const blockPixels = tilePixels || width * Math.min(one(tags, TAG.rowsPerStrip) ?? height, height);
  const blocks = Math.ceil((width * height) / blockPixels);
  return { tilePixels, scans: Math.max(1, countScans(encoded, MOST_SCANS) / blocks) };
}

/** ImageJ writes a stack as one page, and the number of its images into the description. */
function imageJImages(tags: Tags): number {
  const description = String.fromCharCode(...(tags.get(TAG.imageDescription) ?? []));
  return description.startsWith('ImageJ=') ? Number(/^images=(\d+)/m.exec(description)?.[1] ?? 1) : 1;
}
