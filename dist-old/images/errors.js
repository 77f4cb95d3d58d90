import { ServiceError } from '../errors/problem.js';
/** Damaged image data, with the decoder's own words. */
export function corruptImage(cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.trim();
    return new ServiceError('corrupt_image', `The image does not decode: ${reason}.`, { cause });
}
/** @throws {ServiceError} image_too_large when the header promises more pixels than accepted. */
export function checkPixelCount(width, height, maxPixels) {
    if (width * height > maxPixels) {
        throw new ServiceError('image_too_large', `The image is ${width}x${height}; at most ${maxPixels} pixels.`);
    }
}
//# sourceMappingURL=errors.js.map