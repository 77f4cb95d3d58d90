import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes a folder for files that are trusted when they are read again.
 *
 * @throws {Error} when it cannot be made; when others than this process's user may write into it, as they may have
 * prepared it in a shared folder of temporary files; or when it is a link that others made, which would lead what is
 * written to another place.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = process.getuid?.();
  const link = await lstat(folder);
  if (link.uid !== own && link.uid !== 0) throw new Error(`another user made ${folder}`);
  const { uid, mode } = await stat(folder);
  if (uid !== own || mode & 0o022) throw new Error(`others may write into ${folder}`);
}

/**
 * Writes a file that is there as a whole or not at all, since another process may read it meanwhile, or write its own.
 *
 * @param write fills the temporary file beside it, whose path it gets.
 * @throws what `write` throws, or that the file cannot be put in its place; nothing is left behind then.
 */
export async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(file), randomUUID());
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
