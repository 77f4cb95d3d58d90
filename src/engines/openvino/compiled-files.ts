import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { EngineLog } from '../engine.js';
import { makePrivateFolder } from './private-folder.js';

const CHECKSUM_BYTES = 4;

/**
 * Networks that OpenVINO compiled, each in a file with its CRC-32 at the end, since what is damaged would be loaded
 * all the same. OpenVINO's own cache reads and hashes the model's file first, so that a start takes longer with it.
 */
export class CompiledFiles {
  private constructor(
    private readonly folder: string,
    private readonly log: EngineLog,
  ) {}

  /** Files of a folder that only this user may write into; undefined, and a warning, where that is not possible. */
  static async open(folder: string, log: EngineLog): Promise<CompiledFiles | undefined> {
    try {
      await makePrivateFolder(folder);
      return new CompiledFiles(folder, log);
    } catch (error) {
      log.warn(error, 'compiled networks are not kept');
      return undefined;
    }
  }

  /** @param network all that the compiled network depends on, beside this processor. */
  async read(network: object): Promise<Uint8Array | undefined> {
    const file = await readFile(this.#path(network)).catch(() => undefined);
    if (!file || file.length < CHECKSUM_BYTES) return undefined;
    const content = file.subarray(0, -CHECKSUM_BYTES);
    return crc32(content) === file.readUInt32LE(content.length) ? content : undefined;
  }

  /** Keeps a network that `exportTo` writes to a path; where that is not possible a warning says so. */
  async write(network: object, exportTo: (path: string) => Promise<void>): Promise<void> {
    // Another process may read it meanwhile, or write its own.
    const temporary = join(this.folder, randomUUID());
    try {
      await exportTo(temporary);
      const checksum = Buffer.alloc(CHECKSUM_BYTES);
      checksum.writeUInt32LE(crc32(await readFile(temporary)));
      await writeFile(temporary, checksum, { flag: 'a' });
      await rename(temporary, this.#path(network));
    } catch (error) {
      this.log.warn(error, 'a compiled network is not kept');
      await rm(temporary, { force: true });
    }
  }

  #path(network: object): string {
    const key = JSON.stringify({ processor: cpus()[0]?.model, ...network });
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.blob`);
  }
}
