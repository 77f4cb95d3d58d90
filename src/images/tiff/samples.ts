import { corruptImage, unsupportedVariant } from '../errors.js';
import { one, TAG, type Tags } from './tags.js';

/** Samples of a pixel by PhotometricInterpretation, without extra ones. */
const COLOUR_SAMPLES: Record<number, number | undefined> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 };
/** PhotometricInterpretation of grey where 0 is white. */
export const WHITE_IS_ZERO = 0;
const [RGB, YCBCR] = [2, 6];
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

/** Compression by JPEG. */
export const JPEG = 7;
const SEPARATE_PLANES = 2;
/** None, CCITT (three), LZW, JPEG, Deflate (two) and PackBits: what sharp's libtiff has. */
const COMPRESSIONS = new Set([1, 2, 3, 4, 5, JPEG, 8, 32946, 32773]);
const BITS = new Set([1, 2, 4, 8, 16]);

const [UNSIGNED, SIGNED, FLOAT, UNDEFINED] = [1, 2, 3, 4];
/** Of ExtraSamples: alpha that the colours are multiplied with, and alpha that they are not. */
const [ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA] = [1, 2];
/**
 * Bits of a sample.
 *
 * @throws {ServiceError} unsupported_image_format if its values are not read right.
 */
export function bitsOf(tags: Tags): number {
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

/**
 * Samples of a pixel, and what comes beside the colours.
 *
 * @throws {ServiceError} unsupported_image_format or corrupt_image.
 */
export function samplesOf(tags: Tags) {
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
