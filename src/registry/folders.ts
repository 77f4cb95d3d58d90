import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelRefused, type ModelVersion, readVersion, reasonOf } from './version.js';

/** A folder of the registry that has no version which could be served. */
export interface SkippedFolder {
  /** Its path in the registry: `NAME/VERSION`, or `NAME` if that cannot be listed. */
  folder: string;
  refusal: ModelRefused;
}

/** All versions of a registry, by name and number, and the folders that are none. */
export async function readVersions(
  folder: string,
): Promise<{ versions: ModelVersion[]; skipped: SkippedFolder[] }> {
  const versions: ModelVersion[] = [];
  const skipped: SkippedFolder[] = [];
  for (const name of await subfolders(folder)) {
    const numbers = await subfolders(join(folder, name)).catch((error: Error) => {
      const refusal = new ModelRefused(name, `its folder: ${reasonOf(error)}`, { cause: error });
      skipped.push({ folder: name, refusal });
      return [];
    });
    for (const version of numbers) {
      try {
        versions.push(await readVersion(join(folder, name, version), name, version));
      } catch (error) {
        if (!(error instanceof ModelRefused)) throw error;
        skipped.push({ folder: `${name}/${version}`, refusal: error });
      }
    }
  }
  return { versions, skipped };
}

/** Sorts versions by number: 1.10.0 comes after 1.9.0. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Names of the folders in a folder, without hidden ones. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return folders.map(({ name }) => name).sort(byNumber);
}
