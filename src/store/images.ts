import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../engines/private-folder.js';

/** The images of slides' crops, as they were sent, in a folder; kept only where an operator says so. */
export class CropImages {
  /** @param folder made with the first image. */
  constructor(private readonly folder: string) {}

  /** Keeps a crop's file. Once this resolves it is on the disk. */
  async keep(slideId: string, sha256: string, content: Buffer): Promise<void> {
    const folder = this.#folderOf(slideId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(join(folder, sha256), (temporary) =>
      writeFile(temporary, content, { mode: 0o600, flush: true }),
    );
  }

  /** A crop's file; undefined where it was not kept. */
  async read(slideId: string, sha256: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#folderOf(slideId), sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Deletes all of these slides. */
  async delete(slideIds: readonly string[]): Promise<void> {
    for (const id of slideIds) await rm(this.#folderOf(id), { recursive: true, force: true });
  }

  /** A slide's id is letters, digits and any of `._:-`. */
  #folderOf(slideId: string): string {
    return join(this.folder, `slide-${slideId}`);
  }
}
