import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../src/registry/manifest.js';
import { root } from './paths.js';

/** A version of the registry. */
export interface Model {
  folder: string;
  manifest: Manifest;
}

/** @param name `name@version`; the registry's default without it. */
export function readModel(name?: string): Model {
  const models = join(root, 'models');
  const [model, version] = name?.split('@') ?? [];
  const chosen = model && version ? { name: model, version } : readJson(join(models, 'default.json'));
  const folder = join(models, chosen.name, chosen.version);
  return { folder, manifest: readJson(join(folder, 'manifest.json')) };
}

export function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
