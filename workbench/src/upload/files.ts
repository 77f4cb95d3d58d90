import { Unzip, UnzipInflate } from 'fflate';

/** What a system adds of its own, and nobody meant to send. */
const NOT_MEANT = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;
const ZIP = /\.zip$/i;

/** All files that were dropped: those of folders and zips too, in order of their names. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // To be asked for at once: the transfer is empty after the event.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files = await Promise.all(entries.map(filesOf));
  return chosenFiles(files.flat());
}

/** Files as they are to be sent, those of zips unpacked. @throws {Error} for a zip that cannot be read. */
export async function chosenFiles(files: Iterable<File>): Promise<File[]> {
  const all: File[] = [];
  for (const file of files) {
    if (NOT_MEANT.test(file.webkitRelativePath || file.name)) continue;
    if (ZIP.test(file.name)) all.push(...(await unpack(file)));
    else all.push(file);
  }
  return all;
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return NOT_MEANT.test(entry.name) ? [] : [file];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    // It gives a hundred at most, until it gives none.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) break;
    for (const inner of entries) files.push(...(await filesOf(inner)));
  }
  return files.sort((a, b) => a.name.localeCompare(b.name));
}

/** The files of a zip, unpacked part by part so that the page goes on. */
async function unpack(zip: File): Promise<File[]> {
  const files: File[] = [];
  let failure: Error | undefined;
  const unzip = new Unzip((entry) => {
    if (entry.name.endsWith('/') || NOT_MEANT.test(entry.name)) return;
    const parts: BlobPart[] = [];
    entry.ondata = (error, part, isLast) => {
      if (error) failure = error;
      parts.push(part as BlobPart);
      if (isLast) files.push(new File(parts, entry.name.split('/').at(-1) ?? entry.name));
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  const reader = zip.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    unzip.push(part.value);
    if (failure) throw failure;
  }
  unzip.push(new Uint8Array(), true);
  return files;
}
