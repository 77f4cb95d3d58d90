import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { preprocess } from '../../images/preprocess.js';
import type { ModelVersion } from '../../registry/registry.js';

/** Twice the page's size, for dense screens. */
const SIZE_PX = 192;

/**
 * Small pictures of crops as the model sees them, after the preprocessing.
 *
 * @returns a data: URL for each, in their order.
 */
export async function thumbnails(
  crops: readonly { path: string }[],
  folder: string,
  { manifest }: ModelVersion,
  maxPixels: number,
): Promise<string[]> {
  const { width, height, channels } = manifest.input;
  const urls: string[] = [];
  for (const { path } of crops) {
    const pixels = await preprocess(await readFile(join(folder, path)), manifest, maxPixels);
    const jpeg = await sharp(pixels, { raw: { width, height, channels } })
      .resize(SIZE_PX, SIZE_PX, { fit: 'inside' })
      .jpeg({ quality: 80 })
      .toBuffer();
    urls.push(`data:image/jpeg;base64,${jpeg.toString('base64')}`);
  }
  return urls;
}
