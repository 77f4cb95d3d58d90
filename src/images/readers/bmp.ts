import sharp from 'sharp';
import { ServiceError } from '../../errors/problem.js';
import { channelsOf, decodeBmp } from '../bmp/decode.js';
import type { BmpHeader } from '../bmp/header.js';
import { corruptImage } from '../errors.js';
import type { ImageHeader } from '../header.js';
import { resized } from '../resize.js';
import { problemOf } from '../whole.js';
import type { Reader } from './reader.js';

/** Gives a BMP's pixels, as `decodeBmp` does. */
export type BmpDecoder = (encoded: Buffer, header: BmpHeader) => Uint8Array | Promise<Uint8Array>;

/** Reads every BMP, which libvips does not; by default it is decoded in this thread. */
export function bmpReader(decode: BmpDecoder = decodeBmp): Reader<ImageHeader & { format: 'bmp' }> {
  return {
    reads: (header) => header.format === 'bmp',
    async read(encoded, { bmp }, spec) {
      const pixels = await Promise.resolve()
        .then(() => decode(encoded, bmp))
        .catch((error: Error) => {
          // Not the image's fault: the thread that had it died.
          if (error instanceof ServiceError) throw error;
          throw corruptImage(error.message, error);
        });
      const raw = { width: bmp.width, height: bmp.height, channels: channelsOf(bmp) };
      return resized(sharp(pixels, { raw, limitInputPixels: false }), spec).catch((error) => {
        throw problemOf(error);
      });
    },
  };
}
