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
