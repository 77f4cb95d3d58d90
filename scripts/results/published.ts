import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSchema, type Manifest, manifestSchema } from '../../src/registry/manifest.js';

const MODELS = join(import.meta.dirname, '..', '..', 'models');

/** The manifests of the registry's versions; the default comes first. */
export function publishedManifests(): Manifest[] {
  const folders = readdirSync(MODELS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const manifests = folders.flatMap(({ name }) =>
    readdirSync(join(MODELS, name)).map((version) =>
      manifestSchema.parse(read(join(name, version, 'manifest.json'))),
    ),
  );
  const standard = defaultSchema.parse(read('default.json'));
  return manifests.sort((a, b) => Number(b.name === standard.name) - Number(a.name === standard.name));
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(MODELS, path), 'utf8'));
}
