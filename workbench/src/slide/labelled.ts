import { Zip, ZipPassThrough } from 'fflate';
import type { Item } from './changes.ts';
import type { Images } from './images.ts';

/** By content, where the file's name says nothing. */
const EXTENSIONS: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/bmp': '.bmp',
  'image/tiff': '.tiff',
};

export interface LabelledCrop {
  class: string;
  crop: string;
  filename: string | undefined;
  file: Blob;
}

/** A slide's crops with the classes that a person answers for, where their pictures are here. */
export async function labelledCrops(items: readonly Item[], images: Images): Promise<LabelledCrop[]> {
  const all: LabelledCrop[] = [];
  for (const { crop, class: name } of items) {
    const file = name === undefined ? undefined : await images.blob(crop.crop);
    if (name !== undefined && file) all.push({ class: name, crop: crop.crop, filename: crop.filename, file });
  }
  return all;
}

/**
 * A zip with a folder for each class, as `npm run adapt -- --data` and the training read it once unpacked. The files
 * are named by their content, so that crops of many slides go into one folder. Pictures do not get smaller, so they
 * are stored as they are.
 *
 * @param isClass whether the model can learn the class; artefacts are none.
 */
export async function labelledZip(
  crops: readonly LabelledCrop[],
  isClass: (name: string) => boolean,
): Promise<Blob> {
  const parts: BlobPart[] = [];
  let failure: Error | undefined;
  const archive = new Zip((error, part) => {
    if (error) failure = error;
    else parts.push(part as BlobPart);
  });
  for (const { class: name, crop, filename, file } of crops) {
    if (!isClass(name)) continue;
    const extension =
      /\.(jpe?g|png|bmp|tiff?)$/i.exec(filename ?? '')?.[0] ?? EXTENSIONS[file.type] ?? '.jpg';
    const entry = new ZipPassThrough(`${name}/${crop.slice(0, 16)}${extension.toLowerCase()}`);
    archive.add(entry);
    entry.push(new Uint8Array(await file.arrayBuffer()), true);
  }
  archive.end();
  if (failure) throw failure;
  return new Blob(parts, { type: 'application/zip' });
}
