import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '../settings/schema.js';
import type { RegistrySource } from './registry-source.js';

/** Where the settings say that the registry is; undefined for a folder of this machine. */
export async function openRegistrySource(
  settings: Pick<Settings, 'modelsUrl' | 's3Endpoint' | 's3Region' | 'cacheDir'>,
): Promise<RegistrySource | undefined> {
  const { modelsUrl, s3Endpoint = '', cacheDir } = settings;
  if (modelsUrl === undefined) return undefined;
  // Heavy, and needed by nobody whose models are in a folder.
  const { Bucket } = await import('../objects/bucket.js');
  const { PulledRegistry } = await import('./pulled-registry.js');
  const hash = createHash('sha256')
    .update(JSON.stringify([s3Endpoint, modelsUrl]))
    .digest('hex');
  return new PulledRegistry(new Bucket(modelsUrl, settings), join(cacheDir, `models-${hash.slice(0, 16)}`));
}
