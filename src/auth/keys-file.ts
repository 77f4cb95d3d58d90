import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../engines/private-folder.js';
import { type Key, keySchema, newKey, sha256 } from './keys.js';

const fileSchema = z
  .strictObject({ keys: z.array(keySchema) })
  .refine(({ keys }) => new Set(keys.map(({ name }) => name)).size === keys.length, {
    message: 'two keys have the same name',
  });

/** A file of keys that cannot be used, or a change of it that cannot be made. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/** @throws {KeysError} which says what is wrong with the file. */
export async function readKeys(file: string): Promise<Key[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).keys;
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new KeysError(`${file}: ${reason}`, { cause: error });
  }
}

/**
 * Makes a key and writes its hash into the file, which is made with it.
 *
 * @returns the key, which is nowhere else.
 * @throws {KeysError}
 */
export async function addKey(
  file: string,
  { name, scopes, expiresAt }: Pick<Key, 'name' | 'scopes' | 'expiresAt'>,
): Promise<string> {
  const keys = await readKeys(file).catch((error: KeysError) => {
    if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const key = newKey(name);
  const entry: Key = {
    name,
    scopes,
    sha256: sha256(key).toString('hex'),
    createdAt: new Date().toISOString(),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  await writeKeys(file, [...keys, entry]);
  return key;
}

/** @throws {KeysError} */
export async function removeKey(file: string, name: string): Promise<void> {
  const keys = await readKeys(file);
  const left = keys.filter((key) => key.name !== name);
  if (left.length === keys.length) throw new KeysError(`${file}: it has no key ${name}`);
  await writeKeys(file, left);
}

async function writeKeys(file: string, keys: Key[]): Promise<void> {
  const parsed = fileSchema.safeParse({ keys });
  if (!parsed.success) throw new KeysError(`${file}: ${z.prettifyError(parsed.error)}`);
  const text = `${JSON.stringify(parsed.data, undefined, 2)}\n`;
  await writeWhole(file, (temporary) => writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true }));
}
