import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DataError } from './errors.js';
import { readSplit } from './split.js';

/** One labelled file. */
export interface LabelledFile {
  /** Relative to the data set's folder, with slashes: `label/name`. */
  path: string;
  /** Index of its class in the manifest's order. */
  label: number;
  /** Hexadecimal, where a split states it. */
  sha256?: string;
}

export interface DataSet {
  folder: string;
  /** The folder's own name. */
  name: string;
  files: LabelledFile[];
  /** Paths in the class folders that are no images by their names, which are left out. */
  leftOut: string[];
}

const IMAGE_NAME = /\.(jpe?g|png|bmp|tiff?)$/i;

/**
 * Lists labelled files: those of one part of a split, or every image of the class folders.
 *
 * @throws {DataError} when the folder has other folders than the classes', or lacks a file of the split.
 */
export async function listDataSet(
  data: string,
  classes: readonly string[],
  split?: { file: string; part: string },
): Promise<DataSet> {
  const folder = resolve(data);
  const names = await listClassFolders(folder, classes);
  const found: LabelledFile[] = [...names].flatMap(([className, inFolder]) =>
    inFolder.map((name) => ({ path: `${className}/${name}`, label: classes.indexOf(className) })),
  );
  const isImage = ({ path }: LabelledFile) => IMAGE_NAME.test(path);
  const files = split ? await pick(found, split) : found.filter(isImage);
  if (files.length === 0) throw new DataError(`${folder} has no images in ${classes.join(', ')}`);
  const leftOut = split ? [] : found.filter((file) => !isImage(file)).map(({ path }) => path);
  return { folder, name: basename(folder), files, leftOut };
}

/** At most `limit` files, spread evenly, since the list goes class by class. */
export function thin(files: LabelledFile[], limit = files.length): LabelledFile[] {
  const count = Math.min(limit, files.length);
  return Array.from({ length: count }, (_, index) => Math.floor((index * files.length) / count)).flatMap(
    (place) => files[place] ?? [],
  );
}

/** Names in each class's folder, sorted; a class may have none. */
async function listClassFolders(folder: string, classes: readonly string[]): Promise<Map<string, string[]>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new DataError(`--data ${folder}: ${error.message}`, { cause: error });
  });
  const names = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.name.startsWith('.') || !(await isFolder(entry))) continue;
    // A misspelt class would otherwise vanish from the figures.
    if (!classes.includes(entry.name)) {
      throw new DataError(`${entry.name} in ${folder} is none of the classes: ${classes.join(', ')}`);
    }
    names.set(entry.name, (await readdir(join(folder, entry.name))).sort());
  }
  return new Map([...names].sort(([a], [b]) => classes.indexOf(a) - classes.indexOf(b)));
}

async function isFolder(entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(join(entry.parentPath, entry.name))).isDirectory();
}

async function pick(
  found: LabelledFile[],
  { file, part }: { file: string; part: string },
): Promise<LabelledFile[]> {
  const byPath = new Map(found.map((candidate) => [candidate.path, candidate]));
  return (await readSplit(file, part)).map(({ path, sha256 }) => {
    const labelled = byPath.get(path);
    if (!labelled) throw new DataError(`${path} of ${file} is not in the class folders`);
    return { ...labelled, sha256 };
  });
}
