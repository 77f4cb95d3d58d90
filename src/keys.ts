/**
 * Makes, lists and removes API keys of the file that HEMOSERVE_KEYS_FILE names; the service reads it again on SIGHUP:
 *
 *     npm run keys -- add NAME --scopes classify,read [--days 365]
 *     npm run keys -- list
 *     npm run keys -- remove NAME
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { keyNameSchema } from './auth/keys.js';
import { addKey, KeysError, readKeys, removeKey } from './auth/keys-file.js';
import { loadSettings, SettingsError } from './settings/load.js';
import { SCOPES } from './vocabulary/scopes.js';

const DAY_MS = 86_400_000;
const USAGE = `usage: npm run keys -- add NAME --scopes ${SCOPES.join(',')} [--days DAYS] | list | remove NAME`;

const scopesSchema = z
  .string(`--scopes: expected some of ${SCOPES.join(',')}`)
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(SCOPES)));
const daysSchema = z.coerce.number('--days: expected a number').int().positive().max(36_500).optional();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { scopes: { type: 'string' }, days: { type: 'string' } },
  });
  const { keysFile: file } = loadSettings(process.env);
  if (file === undefined) throw new KeysError('HEMOSERVE_KEYS_FILE is not set');
  const [command, given, ...others] = positionals;
  if (others.length > 0) throw new KeysError(USAGE);
  if (command === 'list' && given === undefined) return list(file);
  const name = keyNameSchema.parse(given ?? '');
  if (command === 'remove') return removeKey(file, name);
  if (command !== 'add') throw new KeysError(USAGE);
  const days = daysSchema.parse(values.days);
  const key = await addKey(file, {
    name,
    scopes: scopesSchema.parse(values.scopes),
    ...(days !== undefined && { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() }),
  });
  // Alone on stdout, for a pipe into a secret store.
  console.log(key);
  console.error(`This is shown only once. ${file} has its hash; SIGHUP makes the service read it.`);
}

async function list(file: string): Promise<void> {
  for (const { name, scopes, createdAt, expiresAt = 'never' } of await readKeys(file)) {
    console.log([name, scopes.join(','), `made ${createdAt}`, `expires ${expiresAt}`].join('\t'));
  }
}

main().catch((error: Error) => {
  if (error instanceof z.ZodError) console.error(`${z.prettifyError(error)}\n${USAGE}`);
  else if (error instanceof KeysError || error instanceof SettingsError) console.error(error.message);
  else
    console.error((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ? USAGE : error.stack);
  process.exitCode = 1;
});
