import type { Dirent } from 'node:fs';
import { access, constants, readdir, stat } from 'node:fs/promises';

/** What lies in a class folder. */
export interface Entry {
  /** Its name; bytes that a name may not have are written as `\xNN`. */
  name: string;
  /** Why nobody can read it as a file, if so. */
  fault?: string;
}

const CONTROL = /\p{Cc}/gu;
const PAST_ASCII = /[^ -~]/g;

/**
 * Lists a folder, sorted by name, with what cannot be read and why.
 *
 * @throws {Error} of Node when the folder itself cannot be read.
 */
export async function listFolder(folder: string): Promise<Entry[]> {
  // As bytes: a name that is no UTF-8 would not lead back to its file.
  const found = await readdir(folder, { encoding: 'buffer', withFileTypes: true });
  const entries = await Promise.all(found.map((entry) => describe(folder, entry)));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function describe(folder: string, entry: Dirent<Buffer>): Promise<Entry> {
  const name = entry.name.toString();
  if (!entry.name.equals(Buffer.from(name))) {
    return { name: escaped(entry.name.toString('latin1'), PAST_ASCII), fault: 'its name is not UTF-8' };
  }
  // It would break the lines of terminals and lists.
  const printable = escaped(name, CONTROL);
  if (printable !== name) return { name: printable, fault: 'a control character in its name' };
  const fault = await readingFault(`${folder}/${name}`, entry);
  return fault === undefined ? { name } : { name, fault };
}

function escaped(name: string, letters: RegExp): string {
  return name.replace(letters, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

async function readingFault(path: string, entry: Dirent<Buffer>): Promise<string | undefined> {
  try {
    const target = entry.isSymbolicLink() ? await stat(path) : entry;
    if (target.isDirectory()) return 'a folder';
    // A pipe would never end.
    if (!target.isFile()) return 'not a regular file';
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && entry.isSymbolicLink() ? 'a broken link' : `cannot be read (${code})`;
  }
}
