import { fileTypeFromBuffer } from 'file-type';
import { ServiceError } from '../errors/problem.js';
/** Formats that analyzers export, and that the service reads. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'bmp', 'tiff'];
const FORMAT_BY_MEDIA_TYPE = {
    'image/jpeg': 'jpeg',
    'image/png': 'png',
    'image/bmp': 'bmp',
    'image/tiff': 'tiff',
};
/**
 * Recognizes the format by the content, never by a file name or a declared type.
 *
 * @throws {ServiceError} empty_file, unsupported_image_format, or not_an_image.
 */
export async function detectFormat(encoded) {
    if (encoded.length === 0)
        throw new ServiceError('empty_file', 'The file has no bytes.');
    const mediaType = looksLikeSvg(encoded)
        ? 'image/svg+xml'
        : ((await fileTypeFromBuffer(encoded))?.mime ?? '');
    const format = FORMAT_BY_MEDIA_TYPE[mediaType];
    if (format)
        return format;
    if (mediaType.startsWith('image/')) {
        throw new ServiceError('unsupported_image_format', `${mediaType} is not read; send JPEG, PNG, BMP or TIFF.`);
    }
    throw new ServiceError('not_an_image', 'The file is no JPEG, PNG, BMP or TIFF image.');
}
/** SVG is text, of which file-type knows at most that it is XML. */
function looksLikeSvg(encoded) {
    return /^\s*(<[?!][\s\S]*)?<svg[\s>]/i.test(encoded.subarray(0, 1024).toString('latin1'));
}
//# sourceMappingURL=format.js.map