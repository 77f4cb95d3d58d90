import { fileTypeFromBuffer } from 'file-type';
import { ServiceError } from '../errors/problem.js';
import { formatName } from './names.js';

/** Formats that analyzers export, and that the service reads. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'bmp', 'tiff'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** By the first bytes in hexadecimal. */
const SIGNATURES: [ImageFormat, RegExp][] = [
  ['jpeg', /^ffd8ff/],
  ['png', /^89504e470d0a1a0a/],
  ['bmp', /^424d/],
  ['tiff', /^(49492[ab]00|4d4d002[ab])/],
];

/** What file-type needs at most; in whole archives it would search for long. */
const BEGIN_BYTES = 4100;

/**
 * Recognizes the format by the content, never by a file name or a declared type.
 *
 * @throws {ServiceError} empty_file, unsupported_image_format, or not_an_image.
 */
export async function detectFormat(encoded: Buffer): Promise<ImageFormat> {
  if (encoded.length === 0) throw new ServiceError('empty_file', 'The file has no bytes.');
  const signature = encoded.toString('hex', 0, 8);
  const format = SIGNATURES.find(([, pattern]) => pattern.test(signature))?.[0];
  if (format) return format;
  const begin = encoded.subarray(0, BEGIN_BYTES);
  const name = formatName(begin) ?? (await fileTypeFromBuffer(begin))?.mime;
  if (name && (!name.includes('/') || name.startsWith('image/'))) {
    throw new ServiceError('unsupported_image_format', `${name} is not read; send JPEG, PNG, BMP or TIFF.`);
  }
  throw new ServiceError('not_an_image', 'The file is no JPEG, PNG, BMP or TIFF image.');
}
