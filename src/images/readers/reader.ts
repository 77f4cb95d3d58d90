import type { ImageHeader } from '../header.js';
import type { PreprocessingSpec } from '../spec.js';

/** Reads some kinds of images. */
export interface Reader<H extends ImageHeader = ImageHeader> {
  /** Whether it reads images with such a header. */
  reads(header: ImageHeader): header is H;

  /**
   * Decodes and preprocesses an image.
   *
   * @returns uint8 (height, width, 3), RGB, of the spec's input size; undefined leaves the image to the next reader.
   * @throws {ServiceError} corrupt_image, unsupported_image_format or image_too_large.
   */
  read(
    encoded: Buffer,
    header: H,
    spec: PreprocessingSpec,
    maxPixels: number,
  ): Promise<Uint8Array | undefined>;
}
