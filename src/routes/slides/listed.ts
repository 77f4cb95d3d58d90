import { ServiceError } from '../../errors/problem.js';
import type { Upload } from '../classify/uploads.js';
import type { ListedCrop } from './slide-csv.js';

/** A file of a whole slide. */
export interface SlideFile extends Upload {
  /** Its whole name, where `filename` is only the last part of it. */
  path?: string;
}

/**
 * The files that a CSV names, each under the name that the CSV has for it. A file that it does not name is an error of
 * that file, as is one that it names and that does not come: then the slide stays open.
 */
export async function* listedFiles(
  files: AsyncIterable<SlideFile>,
  crops: readonly ListedCrop[],
): AsyncGenerator<Upload, void> {
  const missing = new Set(crops.map(({ file }) => file));
  for await (const file of files) {
    const name = [file.path, file.filename].find((one) => one !== undefined && missing.delete(one));
    if (name === undefined) yield { ...file, read: () => refuse(file) };
    else yield { filename: name, read: file.read };
  }
  for (const filename of missing) {
    yield {
      filename,
      read: async () => {
        throw new ServiceError('missing_file', "The slide's CSV names it, and it did not come.");
      },
    };
  }
}

async function refuse(file: Upload): Promise<never> {
  // The next one comes after it.
  await file.read();
  throw new ServiceError('unlisted_file', "The slide's CSV does not name it, or it came before.");
}
