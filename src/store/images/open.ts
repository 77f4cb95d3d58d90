import type { Settings } from '../../settings/schema.js';
import { storeFailure } from '../failures.js';
import type { StoreLog } from '../store.js';
import type { CropImages } from './images.js';

/** Where the settings say that images are kept; undefined where none are. Nothing is opened yet. */
export async function openImages(
  settings: Pick<Settings, 'cropImagesDir' | 'cropImagesUrl' | 's3Endpoint' | 's3Region'>,
  log: StoreLog,
): Promise<CropImages | undefined> {
  const { cropImagesDir, cropImagesUrl } = settings;
  if (cropImagesDir !== undefined) {
    const { FolderImages } = await import('./folder.js');
    return withFailures(new FolderImages(cropImagesDir), log);
  }
  if (cropImagesUrl === undefined) return undefined;
  // Heavy, and needed by nobody whose images are in a folder.
  const { Bucket } = await import('../../objects/bucket.js');
  const { BucketImages } = await import('./bucket.js');
  return withFailures(new BucketImages(new Bucket(cropImagesUrl, settings)), log);
}

function withFailures(images: CropImages, log: StoreLog): CropImages {
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw storeFailure(error, log);
    });
  return {
    keep: (...args) => told(images.keep(...args)),
    read: (...args) => told(images.read(...args)),
    delete: (...args) => told(images.delete(...args)),
    close: () => images.close(),
  };
}
