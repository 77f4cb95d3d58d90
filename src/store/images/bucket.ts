import type { Bucket } from '../../objects/bucket.js';
import { type CropImages, placeOf } from './images.js';

/** Images in an object store that speaks S3, which replicas share: a prefix for each slide. */
export class BucketImages implements CropImages {
  constructor(private readonly bucket: Bucket) {}

  async keep(slideId: string, sha256: string, content: Buffer): Promise<void> {
    await this.bucket.write(`${placeOf(slideId)}/${sha256}`, content);
  }

  async read(slideId: string, sha256: string): Promise<Buffer | undefined> {
    return this.bucket.read(`${placeOf(slideId)}/${sha256}`);
  }

  async delete(slideIds: readonly string[]): Promise<void> {
    // With the slash: a slide's name may begin as another one's.
    for (const id of slideIds) await this.bucket.deleteAll(`${placeOf(id)}/`);
  }

  close(): void {
    this.bucket.close();
  }
}
