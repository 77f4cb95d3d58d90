import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ModelVersion } from './registry.js';

/**
 * A crop of a class that a version was trained on, from its replay set: `CLASS/FILE` in a zip.
 *
 * @param number from 1, in the order of the zip.
 * @returns undefined where there is none.
 */
export async function readExample(
  { folder, manifest }: ModelVersion,
  className: string,
  number: number,
): Promise<Buffer | undefined> {
  if (!manifest.replay) return undefined;
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(join(folder, manifest.replay.file), { autoClose: false });
  try {
    let left = number;
    for await (const entry of zip.eachEntry()) {
      const isOfClass = entry.fileName.startsWith(`${className}/`) && !entry.fileName.endsWith('/');
      if (!isOfClass || --left > 0) continue;
      return await buffer(await zip.openReadStreamPromise(entry));
    }
    return undefined;
  } finally {
    zip.close();
  }
}
