import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Manifest } from '../../src/registry/manifest.js';
import { modelsDir } from './fixtures.js';

/** A copy of the default model in a registry of its own, to be spoiled. */
export class RegistryCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'hemoserve-registry-'));
  readonly version: string;

  constructor() {
    const { name, version } = JSON.parse(readFileSync(join(modelsDir, 'default.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    this.version = `${name}/${version}`;
    const source = join(modelsDir, name, version);
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const original = join(entry.parentPath, entry.name);
      const link = join(this.folder, name, version, relative(source, original));
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(original, link);
    }
    this.write('default.json', JSON.stringify({ name, version }));
  }

  /** Replaces a file, by its path in the registry. */
  write(path: string, content: string | Uint8Array): void {
    this.remove(path);
    writeFileSync(join(this.folder, path), content);
  }

  /** Replaces a file of the model. */
  writeInModel(path: string, content: string | Uint8Array): void {
    this.write(`${this.version}/${path}`, content);
  }

  /** Replaces a file of the model and its entry in the manifest. */
  replaceInModel(path: string, content: string | Uint8Array): void {
    this.writeInModel(path, content);
    const bytes = Buffer.from(content);
    this.editManifest((manifest) => {
      manifest.files[path] = {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
      };
    });
  }

  readInModel(path: string): Buffer {
    return readFileSync(join(this.folder, this.version, path));
  }

  editManifest(edit: (manifest: Manifest) => void): void {
    const manifest = JSON.parse(this.readInModel('manifest.json').toString()) as Manifest;
    edit(manifest);
    this.writeInModel('manifest.json', JSON.stringify(manifest));
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { force: true });
  }

  removeInModel(path: string): void {
    this.remove(`${this.version}/${path}`);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
