import sharp from 'sharp';
import type { ImageHeader } from '../header.js';
import { MOST_SECONDS, resized } from '../resize.js';
import { decodeWhole } from '../whole.js';
import type { Reader } from './reader.js';

/** Reads every TIFF: the page that is the picture, in all its bits, without what is no alpha. */
export const tiffReader: Reader<ImageHeader & { format: 'tiff' }> = {
  reads: (header) => header.format === 'tiff',
  read(encoded, { tiff }, spec, maxPixels) {
    const { page, scale, offset, samples, dropsExtraSample } = tiff;
    const { colorSpace } = spec.preprocessing;
    return decodeWhole(async (failOn) => {
      const image = sharp(encoded, { failOn, limitInputPixels: maxPixels, sequentialRead: true, page });
      if (scale !== 1) {
        // In 16 bits until the values fill them.
        const deepSpace = samples < 3 ? 'grey16' : 'rgb16';
        return resized(image.linear(scale, offset), spec, deepSpace);
      }
      if (!dropsExtraSample) return resized(image, spec);
      // Before all else, since libvips takes it for alpha.
      const { data, info } = await image
        .autoOrient()
        .pipelineColourspace(colorSpace)
        .removeAlpha()
        .toColourspace(colorSpace)
        .raw({ depth: 'uchar' })
        .timeout({ seconds: MOST_SECONDS })
        .toBuffer({ resolveWithObject: true });
      return resized(sharp(data, { raw: info, limitInputPixels: false }), spec);
    });
  },
};
