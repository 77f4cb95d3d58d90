import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { ServiceError } from '../../errors/problem.js';
import { join as joinChunks } from '../classify/uploads.js';
import type { DescriptionFile } from './description.js';
import type { SlideFile } from './listed.js';

/** What a Mac adds of its own. */
const NOT_OURS = /^__MACOSX\/|(^|\/)\.[^/]*$|\/$/;

/** A zip that was written to a temporary file, since its list of files is at its end. */
export class ZipUpload {
  private constructor(
    private readonly zip: ZipFile,
    private readonly folder: string,
    private readonly entries: readonly Entry[],
  ) {}

  /**
   * Takes a zip from a request's body.
   *
   * @param maxBytes of the zip, and again of all its files unpacked, as the zip itself says; a file that has more than
   *   it says is refused while it is read.
   * @throws {ServiceError} archive_too_large or malformed_archive.
   */
  static async receive(body: IncomingMessage, maxBytes: number): Promise<ZipUpload> {
    const folder = await mkdtemp(join(tmpdir(), 'hemoserve-zip-'));
    try {
      const file = join(folder, 'slide.zip');
      await pipeline(body.iterator({ destroyOnReturn: false }), bounded(maxBytes), createWriteStream(file));
      const { openPromise } = await import('yauzl');
      const zip = await openPromise(file, { autoClose: false });
      const entries: Entry[] = [];
      let unpackedBytes = 0;
      for await (const entry of zip.eachEntry()) {
        unpackedBytes += entry.uncompressedSize;
        if (unpackedBytes > maxBytes) throw tooLarge(maxBytes);
        if (!NOT_OURS.test(entry.fileName)) entries.push(entry);
      }
      return new ZipUpload(zip, folder, entries);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error instanceof ServiceError ? error : malformed(error);
    }
  }

  /** The file that describes the slide, `slide.json` or `slide.csv`. @throws {ServiceError} */
  async description(maxBytes: number): Promise<DescriptionFile> {
    const entry = this.entries.find(isDescription);
    if (!entry) throw new ServiceError('malformed_archive', 'It has no slide.json and no slide.csv.');
    const text = (await this.#read(entry, maxBytes)).toString('utf8');
    return { text, kind: entry.fileName.endsWith('.json') ? 'json' : 'csv' };
  }

  /** All other files, in the zip's order. @throws {ServiceError} too_many_files */
  async *images(
    _signal: AbortSignal,
    maxFiles: number,
    maxFileBytes: number,
  ): AsyncGenerator<SlideFile, void> {
    const images = this.entries.filter((entry) => !isDescription(entry));
    if (images.length > maxFiles) {
      throw new ServiceError('too_many_files', `The zip has more than ${maxFiles} files.`);
    }
    for (const entry of images) {
      const { fileName: path } = entry;
      yield { filename: basename(path), path, read: () => this.#read(entry, maxFileBytes) };
    }
  }

  async dispose(): Promise<void> {
    this.zip.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #read(entry: Entry, maxBytes: number): Promise<Buffer> {
    if (entry.uncompressedSize > maxBytes) {
      throw new ServiceError('file_too_large', `The file has more than ${maxBytes} bytes.`);
    }
    try {
      return await joinChunks(await this.zip.openReadStreamPromise(entry), maxBytes);
    } catch (error) {
      throw error instanceof ServiceError ? error : malformed(error);
    }
  }
}

function isDescription({ fileName }: Entry): boolean {
  return ['slide.json', 'slide.csv'].includes(basename(fileName));
}

function bounded(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError(
    'archive_too_large',
    `The zip has more than ${maxBytes} bytes, packed or unpacked.`,
  );
}

function malformed(error: unknown): ServiceError {
  return new ServiceError('malformed_archive', `The zip cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
