import sharp from 'sharp';
import type { ImageHeader } from '../header.js';
import { isShrunkWhileLoaded, onlyResized, resized } from '../resize.js';
import { decodeWhole } from '../whole.js';
import type { Reader } from './reader.js';

type Read = ImageHeader & { format: 'jpeg' | 'png' };

/** Reads every JPEG and PNG, in libvips' threads. */
export const libvipsReader: Reader<Read> = {
  reads: (header): header is Read => header.format === 'jpeg' || header.format === 'png',
  read(encoded, header, spec, maxPixels) {
    const isReady = header.format === 'jpeg' && header.plain && !isShrunkWhileLoaded(header, spec);
    return decodeWhole((failOn) => {
      const image = sharp(encoded, { failOn, limitInputPixels: maxPixels, sequentialRead: true });
      return isReady ? onlyResized(image, spec) : resized(image, spec);
    });
  },
};
