import sharp, {} from 'sharp';
import { decodeBmp, readBmpSize } from './bmp.js';
import { checkPixelCount, corruptImage } from './errors.js';
import { detectFormat } from './format.js';
// Of libvips' loaders only these may run, whatever bytes a client sends.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
    operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'],
});
// Every crop is another image: libvips' operation cache would only hold memory.
sharp.cache(false);
// Crops are small: many at a time, each in one thread, is the faster way.
sharp.concurrency(1);
/**
 * The one preprocessing, as training does it (training/hemoserve_training/preprocessing.py): decode, orient by
 * EXIF, convert to 8-bit sRGB, lay on the background, resize. Runs in libvips' threads, but for a BMP's decoding.
 *
 * @param decode for BMPs; without it they are decoded in this thread.
 * @returns uint8 (height, width, 3), RGB, of the manifest's input size.
 * @throws {ServiceError} empty_file, not_an_image, unsupported_image_format, image_too_large or corrupt_image.
 */
export async function preprocess(encoded, { input, preprocessing }, maxPixels, decode = decodeBmp) {
    const format = await detectFormat(encoded);
    const image = await (format === 'bmp' ? openBmp(encoded, maxPixels, decode) : open(encoded, maxPixels));
    const [r, g, b] = preprocessing.background;
    try {
        return await image
            .flatten({ background: { r, g, b } })
            .resize(input.width, input.height, { fit: preprocessing.fit, kernel: preprocessing.kernel })
            .toColourspace(preprocessing.colorSpace)
            .raw({ depth: 'uchar' })
            .toBuffer();
    }
    catch (error) {
        throw corruptImage(error);
    }
}
async function open(encoded, maxPixels) {
    // "warning" is the strictest level: an image that is not whole gives no result.
    const image = sharp(encoded, { failOn: 'warning', limitInputPixels: false, sequentialRead: true });
    const { width, height, autoOrient } = await image.metadata().catch((error) => {
        throw corruptImage(error);
    });
    checkPixelCount(width, height, maxPixels);
    // Extracting the whole image keeps sharp from shrinking large JPEGs while it loads them, which training
    // does not do and which gives other pixels.
    return image.autoOrient().extract({ left: 0, top: 0, ...autoOrient });
}
async function openBmp(encoded, maxPixels, decode) {
    const { width, height } = readBmpSize(encoded, maxPixels);
    try {
        const pixels = await decode(encoded);
        return sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
    }
    catch (error) {
        throw corruptImage(error);
    }
}
//# sourceMappingURL=preprocess.js.map