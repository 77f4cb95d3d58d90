import type { Settings } from '../../settings/schema.js';
import { storeFailure } from '../failures.js';
import type { StoreLog } from '../store.js';

/**
 * The images of slides' crops, as they were sent; kept only where an operator says so. Those of `openImages` throw
 * store_unavailable where the folder or the object store fails.
 */
export interface CropImages {
  /** Keeps a crop's file. Once this resolves it is durable. */
  keep(slideId: string, sha256: string, content: Buffer): Promise<void>;
  /** A crop's file; undefined where it was not kept. */
  read(slideId: string, sha256: string): Promise<Buffer | undefined>;
  /** Deletes all of these slides; those that have none are no error. */
  delete(slideIds: readonly string[]): Promise<void>;
  close(): void;
}

/** Where a slide's images lie, below the folder or prefix. Its id is letters, digits and any of `._:-`. */
export function placeOf(slideId: string): string {
  return `slide-${slideId}`;
}

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
