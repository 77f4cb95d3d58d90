import { z } from 'zod';
import { setting } from './setting.js';

const file = z.string().min(1).optional();

/** Who may call the service: docs/security.md. */
export const accessSettings = {
  auth: setting(
    'HEMOSERVE_AUTH',
    z.enum(['auto', 'none']).default('auto'),
    'With `auto` callers need a key where there is HEMOSERVE_KEYS_FILE; without it, the service starts only on a ' +
      'loopback address. With `none` it asks nobody, wherever it listens',
  ),
  keysFile: setting(
    'HEMOSERVE_KEYS_FILE',
    file,
    'File of the API keys, which `npm run keys` writes ([Security](../security.md)); SIGHUP and `POST /admin/reload` ' +
      'read it again',
  ),
  adminToken: setting(
    'HEMOSERVE_ADMIN_TOKEN',
    z
      .string()
      .regex(/^[\w.~+/-]{16,}=*$/, 'expected at least 16 letters, digits or any of -._~+/')
      .optional(),
    'A bearer token with the scope `admin` alone. Admin routes are there only with it, or with keys',
  ),
};

/** What is wrong with these settings together. */
export function accessProblems({
  auth,
  keysFile,
}: {
  auth: 'auto' | 'none';
  keysFile?: string | undefined;
}): { path: string[]; message: string }[] {
  if (auth !== 'none' || keysFile === undefined) return [];
  return [{ path: ['auth'], message: 'none, and HEMOSERVE_KEYS_FILE is set: expected one of both' }];
}
