import { corruptImage, unsupportedVariant } from '../errors.js';
import { countScans } from '../jpeg.js';
import type { Size } from '../size.js';
import { fullScale } from './range.js';
import { readPages, TAG, type Tags } from './tags.js';

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

/** Samples of a pixel by PhotometricInterpretation, without extra ones. */
const COLOUR_SAMPLES: Record<number, number | undefined> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 };
const [WHITE_IS_ZERO, RGB, YCBCR] = [0, 2, 6];
const PHOTOMETRIC_NAMES: Record<number, string | undefined> = {
  4: 'a mask',
  8: 'L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32803: 'a colour filter array',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'linear raw',
};

const JPEG = 7;
const SEPARATE_PLANES = 2;
/** None, CCITT (three), LZW, JPEG, Deflate (two) and PackBits: what sharp's libtiff has. */
const COMPRESSIONS = new Set([1, 2, 3, 4, 5, JPEG, 8, 32946, 32773]);
const BITS = new Set([1, 2, 4, 8, 16]);

const [UNSIGNED, SIGNED, FLOAT, UNDEFINED] = [1, 2, 3, 4];
/** Of ExtraSamples: alpha that the colours are multiplied with, and alpha that they are not. */
const [ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA] = [1, 2];
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
  return { tilePixels, scans: Math.max(1, countScans(encoded) / Math.ceil((width * height) / blockPixels)) };
}

function bitsOf(tags: Tags): number {
  const all = tags.get(TAG.bitsPerSample) ?? [1];
  const [bits = 1] = all;
  for (const format of tags.get(TAG.sampleFormat) ?? [UNSIGNED]) {
    if (format === UNSIGNED || format === UNDEFINED) continue;
    const name = format === SIGNED ? 'signed' : format === FLOAT ? 'floating-point' : 'complex';
    throw unsupportedVariant(
      `The TIFF has ${name} values of ${bits} bits, whose black and white it does not say`,
    );
  }
  if (!BITS.has(bits) || all.some((other) => other !== bits)) {
    throw unsupportedVariant(`The TIFF has ${[...new Set(all)].join(', ')} bits a sample`);
  }
  return bits;
}

/** The colours' samples and what comes beside them. */
function samplesOf(tags: Tags) {
  const compression = one(tags, TAG.compression) ?? 1;
  if (!COMPRESSIONS.has(compression)) throw unsupportedVariant(`The TIFF has compression ${compression}`);
  const samples = one(tags, TAG.samplesPerPixel) ?? 1;
  const photometric = one(tags, TAG.photometric) ?? (samples >= 3 ? RGB : 1);
  const colours = COLOUR_SAMPLES[photometric];
  if (colours === undefined) {
    throw unsupportedVariant(
      `The TIFF is ${PHOTOMETRIC_NAMES[photometric] ?? `of colour space ${photometric}`}`,
    );
  }
  if (photometric === YCBCR && compression !== JPEG)
    throw unsupportedVariant('The TIFF is YCbCr without JPEG');
  if (one(tags, TAG.planarConfiguration) === SEPARATE_PLANES && tags.has(TAG.tileWidth)) {
    throw unsupportedVariant('The TIFF has tiles of one channel each');
  }
  if (samples > 1 && bitsOf(tags) < 8)
    throw unsupportedVariant(`The TIFF has ${samples} samples of less than 8 bits`);
  const extra = samples - colours;
  if (extra < 0) throw corruptImage(`it has ${samples} samples a pixel`);
  if (extra > 1) throw unsupportedVariant(`The TIFF has ${extra} samples a pixel beside its colours`);
  const meaning = one(tags, TAG.extraSamples);
  const hasAlpha = extra === 1 && (meaning === ASSOCIATED_ALPHA || meaning === UNASSOCIATED_ALPHA);
  return { samples, extra, dropsExtraSample: extra === 1 && !hasAlpha };
}

/** ImageJ writes a stack as one page, and the number of its images into the description. */
function imageJImages(tags: Tags): number {
  const description = String.fromCharCode(...(tags.get(TAG.imageDescription) ?? []));
  return description.startsWith('ImageJ=') ? Number(/^images=(\d+)/m.exec(description)?.[1] ?? 1) : 1;
}

function one(tags: Tags, tag: number): number | undefined {
  return tags.get(tag)?.[0];
}
