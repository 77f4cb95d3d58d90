import { mkdir, stat } from 'node:fs/promises';

/**
 * Makes a folder for files that are trusted when they are read again.
 *
 * @throws {Error} when it cannot be made, or when others than this process's user may write into it, as they may have
 * prepared it in a shared folder of temporary files.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await stat(folder);
  if (uid !== process.getuid?.() || mode & 0o022) throw new Error(`others may write into ${folder}`);
}
