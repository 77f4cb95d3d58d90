import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { EngineLog } from '../engine.js';
import { makePrivateFolder, writeWhole } from '../private-folder.js';

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

  /**
   * Files in a folder of the cache, both of which only this user may write into; undefined, and a warning, where that
   * is not possible.
   */
  static async open(cacheDir: string, log: EngineLog): Promise<CompiledFiles | undefined> {
    try {
      const folder = join(cacheDir, 'openvino');
      await makePrivateFolder(cacheDir);
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
    try {
      await writeWhole(this.#path(network), async (temporary) => {
        await exportTo(temporary);
        const checksum = Buffer.alloc(CHECKSUM_BYTES);
        checksum.writeUInt32LE(crc32(await readFile(temporary)));
        await writeFile(temporary, checksum, { flag: 'a' });
      });
    } catch (error) {
      this.log.warn(error, 'a compiled network is not kept');
    }
  }

  #path(network: object): string {
    const key = JSON.stringify({ processor: cpus()[0]?.model, ...network });
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.blob`);
  }
}
