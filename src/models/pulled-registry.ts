import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFolder, writeWhole } from '../engines/private-folder.js';
import type { Bucket, StoredObject } from '../objects/bucket.js';
import { readVersions } from '../registry/folders.js';
import { ModelRefused, type ModelVersion, modelId } from '../registry/registry.js';
import { findFault } from '../registry/verify.js';
import type { RegistrySource } from './registry-source.js';

/** A manifest is a few kilobytes. */
const MOST_MANIFEST_BYTES = 4_194_304;

const DEFAULT = 'default.json';
const MANIFEST = 'manifest.json';
/** `NAME/VERSION/…`: both are names of folders below the cache, never a way out of it. */
const VERSION_KEY = /^([a-z0-9-]+\/\d+\.\d+\.\d+)\/(.+)$/;

/**
 * The registry of an object store, of which a folder keeps a copy: all manifests, and the files of the versions that
 * are selected, each verified by the hash in its manifest. Files come whole into their places, so that nothing half is ever read.
 */
export class PulledRegistry implements RegistrySource {
  /** @param folder the cache; nobody else may write into it. */
  constructor(
    private readonly bucket: Bucket,
    readonly folder: string,
  ) {}

  async refresh(served: readonly string[]): Promise<void> {
    await makePrivateFolder(this.folder);
    const objects = await this.#list();
    const versions = new Map<string, boolean>();
    for (const { key } of objects) {
      const [, version, path] = VERSION_KEY.exec(key) ?? [];
      if (version) versions.set(version, versions.get(version) || path === MANIFEST);
    }
    await this.#forget(versions, served);
    await Promise.all(
      [...versions].map(async ([version, hasManifest]) => {
        // A version without one, such as one that is being copied, is a folder without one.
        if (hasManifest) return this.#pullText(`${version}/${MANIFEST}`, objects);
        await rm(join(this.folder, version, MANIFEST), { force: true });
        await mkdir(join(this.folder, version), { recursive: true });
      }),
    );
    if (objects.some(({ key }) => key === DEFAULT)) await this.#pullText(DEFAULT, objects);
    else await rm(join(this.folder, DEFAULT), { force: true });
  }

  async fetch({ folder, manifest }: ModelVersion): Promise<void> {
    const model = modelId(manifest);
    await Promise.all(
      Object.entries(manifest.files).map(async ([path, expected]) => {
        if ((await findFault(folder, path, expected)) === undefined) return;
        const key = `${manifest.name}/${manifest.version}/${path}`;
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeWhole(join(folder, path), async (temporary) => {
          const sha256 = await this.#call(() => this.bucket.download(key, temporary, expected.sizeBytes));
          if (sha256 === undefined) throw new ModelRefused(model, `${path}: missing in the object store`);
          if (sha256 === expected.sha256) return;
          throw new ModelRefused(
            model,
            `${path}: its SHA-256 in the object store is ${sha256}, its manifest says ${expected.sha256}`,
          );
        });
      }),
    );
  }

  close(): void {
    this.bucket.close();
  }

  #list(): Promise<StoredObject[]> {
    return this.#call(() => this.bucket.list());
  }

  /** What is gone from the store goes from the folder; not the files of what is served, which may be read again. */
  async #forget(versions: ReadonlyMap<string, boolean>, served: readonly string[]): Promise<void> {
    const kept = await readVersions(this.folder);
    const folders = [
      ...kept.versions.map(({ manifest }) => `${manifest.name}/${manifest.version}`),
      ...kept.skipped.map(({ folder }) => folder),
    ];
    for (const folder of folders) {
      if (versions.has(folder)) continue;
      const inUse = served.includes(folder.replace('/', '@'));
      await rm(join(this.folder, folder, inUse ? MANIFEST : ''), { recursive: true, force: true });
    }
  }

  async #pullText(key: string, objects: readonly StoredObject[]): Promise<void> {
    const { sizeBytes = 0 } = objects.find((object) => object.key === key) ?? {};
    if (sizeBytes > MOST_MANIFEST_BYTES) throw new Error(`${key} has ${sizeBytes} bytes`);
    const content = await this.#call(() => this.bucket.read(key));
    if (!content) return;
    const file = join(this.folder, key);
    const same = await readFile(file).then(
      (old) => old.equals(content),
      () => false,
    );
    if (same) return;
    await mkdir(dirname(file), { recursive: true });
    await writeWhole(file, (temporary) => writeFile(temporary, content));
  }

  /** The SDK's errors often have no message of their own. */
  async #call<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const { name, code, message } = error as NodeJS.ErrnoException;
      const words = [...new Set([code ?? name, message])].filter(Boolean).join(': ');
      throw new Error(`the object store: ${words}`, { cause: error });
    }
  }
}
