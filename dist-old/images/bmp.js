import { decode } from 'bmp-ts';
import { checkPixelCount, corruptImage } from './errors.js';
const WIDTH_OFFSET = 18;
const HEIGHT_OFFSET = 22;
/**
 * Width and height by a BMP's header.
 *
 * @throws {ServiceError} image_too_large or corrupt_image.
 */
export function readBmpSize(encoded, maxPixels) {
    if (encoded.length < HEIGHT_OFFSET + 4)
        throw corruptImage('the header is truncated');
    const width = encoded.readUInt32LE(WIDTH_OFFSET);
    // Negative in a file whose rows go from top to bottom.
    const height = Math.abs(encoded.readInt32LE(HEIGHT_OFFSET));
    checkPixelCount(width, height, maxPixels);
    if (width === 0 || height === 0)
        throw corruptImage('it has no pixels');
    return { width, height };
}
/**
 * Decodes a BMP of any depth, since sharp reads none; this blocks its thread. The fourth byte of 32-bit files is
 * padding more often than alpha, so it is ignored.
 *
 * @returns uint8 (height, width, 3), RGB.
 */
export function decodeBmp(encoded) {
    // bmp-ts gives four bytes a pixel: alpha, blue, green, red.
    const abgr = decode(encoded).data;
    const pixels = new Uint8Array((abgr.length / 4) * 3);
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
        pixels[to] = abgr[from + 3] ?? 0;
        pixels[to + 1] = abgr[from + 2] ?? 0;
        pixels[to + 2] = abgr[from + 1] ?? 0;
    }
    return pixels;
}
//# sourceMappingURL=bmp.js.map