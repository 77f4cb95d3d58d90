import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { SettingsError } from '../../settings/load.js';
import { variableOf } from '../../settings/schema.js';
import type { TlsFiles } from '../tls-files.js';
import { type Destination, destinationsSchema } from './schema.js';

/**
 * Reads the file of the destinations, YAML or JSON. Paths in it are relative to its folder.
 *
 * @throws {SettingsError} listing all that is wrong with it, never with a value of it.
 */
export async function loadDestinations(file: string): Promise<Destination[]> {
  const parsed = destinationsSchema.safeParse(await readYaml(file));
  if (!parsed.success) throw wrong(parsed.error.issues.map(describe));
  const folder = dirname(resolve(file));
  return parsed.data.destinations.map((destination) => withPaths(destination, folder));
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'), { prettyErrors: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw wrong([`${file}: ${code === 'ENOENT' ? 'no such file' : message}`]);
  }
}

function wrong(problems: string[]): SettingsError {
  return new SettingsError(problems.map((problem) => `${variableOf('destinations')}: ${problem}`));
}

/** Such as `destinations[0].port: Invalid input: expected number, received string`. */
function describe({ path, message }: z.core.$ZodIssue): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${place.slice(1) || 'the file'}: ${message}`;
}

function withPaths(destination: Destination, folder: string): Destination {
  const absolute = structuredClone(destination);
  const { tls } = absolute;
  for (const name of ['ca', 'certificate', 'key'] satisfies (keyof TlsFiles)[]) {
    if (tls?.[name]) tls[name] = resolve(folder, tls[name]);
  }
  const secrets = Object.values({ ...absolute, ...('authorization' in absolute && absolute.authorization) });
  for (const secret of secrets) {
    if (typeof secret === 'object' && 'file' in secret) secret.file = resolve(folder, secret.file);
  }
  return absolute;
}
