import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Entry, listFolder } from './class-folder.js';
import { DataError } from './errors.js';
import { readSplit } from './split.js';

/** One labelled file. */
export interface LabelledFile {
  /** Relative to the data set's folder, with slashes: `label/name`. */
  path: string;
  /** Index of its class in the manifest's order. */
  truth: number;
  /** Hexadecimal, where a split states it. */
  sha256?: string;
}

export interface DataSet {
  folder: string;
  /** The folder's own name. */
  name: string;
  files: LabelledFile[];
  leftOut: LeftOut[];
}

/** What a class folder has beside its crops, and why it is none. */
export interface LeftOut {
  path: string;
  reason: string;
}

/** What lies in the class folders, before anything is left out. */
type Found = LabelledFile & Pick<Entry, 'fault'>;

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
  const entries = await listClassFolders(folder, classes);
  const found: Found[] = [...entries].flatMap(([className, inFolder]) =>
    inFolder.map(({ name, ...rest }) => ({
      path: `${className}/${name}`,
      truth: classes.indexOf(className),
      ...rest,
    })),
  );
  const { files, leftOut } = split ? { files: await pick(found, split), leftOut: [] } : choose(found);
  if (files.length === 0) throw new DataError(`${folder} has no images in ${classes.join(', ')}`);
  return { folder, name: basename(folder), files, leftOut };
}

/** The crops as training's audit chooses them, but by their names and in every format. */
function choose(found: readonly Found[]): Pick<DataSet, 'files' | 'leftOut'> {
  const files: LabelledFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const { fault, ...file } of found) {
    const reason = fault ?? nameFault(basename(file.path));
    if (reason === undefined) files.push(file);
    else leftOut.push({ path: file.path, reason });
  }
  return { files, leftOut };
}

function nameFault(name: string): string | undefined {
  // macOS keeps attributes of x.jpg in ._x.jpg.
  if (name.startsWith('.')) return 'a hidden file';
  return IMAGE_NAME.test(name) ? undefined : 'no image by its name';
}

/** At most `limit` files, spread evenly, since the list goes class by class. */
export function thin(files: LabelledFile[], limit = files.length): LabelledFile[] {
  const count = Math.min(limit, files.length);
  return Array.from({ length: count }, (_, index) => Math.floor((index * files.length) / count)).flatMap(
    (place) => files[place] ?? [],
  );
}

/** What lies in each class's folder; a class may have nothing. */
async function listClassFolders(folder: string, classes: readonly string[]): Promise<Map<string, Entry[]>> {
  const refuse = (error: Error) => {
    throw new DataError(`--data ${folder}: ${error.message}`, { cause: error });
  };
  const entries = await readdir(folder, { withFileTypes: true }).catch(refuse);
  const inFolders = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.name.startsWith('.') || !(await isFolder(entry))) continue;
    // A misspelt class would otherwise vanish from the figures.
    if (!classes.includes(entry.name)) {
      throw new DataError(`${entry.name} in ${folder} is none of the classes: ${classes.join(', ')}`);
    }
    inFolders.set(entry.name, await listFolder(join(folder, entry.name)).catch(refuse));
  }
  return new Map([...inFolders].sort(([a], [b]) => classes.indexOf(a) - classes.indexOf(b)));
}

async function isFolder(entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(entry.parentPath, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

async function pick(
  found: readonly Found[],
  { file, part }: { file: string; part: string },
): Promise<LabelledFile[]> {
  const byPath = new Map(found.map((candidate) => [candidate.path, candidate]));
  return (await readSplit(file, part)).map(({ path, sha256 }) => {
    const labelled = byPath.get(path);
    if (!labelled) throw new DataError(`${path} of ${file} is not in the class folders`);
    const { fault, ...crop } = labelled;
    if (fault) throw new DataError(`${path} of ${file}: ${fault}`);
    return { ...crop, sha256 };
  });
}
