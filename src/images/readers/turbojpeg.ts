import sharp from 'sharp';
import type { ImageHeader } from '../header.js';
import { onlyResized } from '../resize.js';
import type { TurboJpeg } from '../turbojpeg.js';
import { problemOf } from '../whole.js';
import type { Reader } from './reader.js';

type Read = ImageHeader & { format: 'jpeg' };

/** Larger ones go through libvips, which never has all of their pixels in memory. */
const MOST_PIXELS = 1_048_576;

/**
 * Reads crops as analyzers send them: plain JPEGs, in a third of the time that libvips takes to decode them. Of what
 * libjpeg-turbo warns of, libvips decides whether it is read.
 */
export function turboJpegReader(turboJpeg: TurboJpeg): Reader<Read> {
  return {
    reads: (header): header is Read =>
      header.format === 'jpeg' && header.plain && header.width * header.height <= MOST_PIXELS,
    read(encoded, { width, height }, spec) {
      const raw = { width, height, channels: 3 } as const;
      return turboJpeg.decode(encoded, { width, height }, (pixels) =>
        onlyResized(sharp(pixels, { raw, limitInputPixels: false }), spec).catch((error) => {
          throw problemOf(error);
        }),
      );
    },
  };
}
