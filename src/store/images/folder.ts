import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../engines/private-folder.js';
import { type CropImages, placeOf } from './images.js';

/** Images in a folder of this machine: a folder for each slide. */
export class FolderImages implements CropImages {
  /** @param folder made with the first image. */
  constructor(private readonly folder: string) {}

  async keep(slideId: string, sha256: string, content: Buffer): Promise<void> {
    const folder = join(this.folder, placeOf(slideId));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(join(folder, sha256), (temporary) =>
      writeFile(temporary, content, { mode: 0o600, flush: true }),
    );
  }

  async read(slideId: string, sha256: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.folder, placeOf(slideId), sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async delete(slideIds: readonly string[]): Promise<void> {
    for (const id of slideIds) await rm(join(this.folder, placeOf(id)), { recursive: true, force: true });
  }

  close(): void {}
}
