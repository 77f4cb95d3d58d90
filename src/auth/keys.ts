import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { SCOPES } from '../vocabulary/scopes.js';
import type { Caller } from './caller.js';

const SECRET_BYTES = 32;
/** A key begins with this and its name, so that one that leaked is found, and its owner with it. */
const FORM = /^hemoserve\.([A-Za-z0-9-]{1,64})\.[\w-]{43}$/;

export const keyNameSchema = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'expected letters, digits or -');

/** A key as the file has it: never the key itself. */
export const keySchema = z.strictObject({
  name: keyNameSchema,
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
});

export type Key = z.infer<typeof keySchema>;

/** A new key of 256 random bits: no hash of it needs to be slow. */
export function newKey(name: string): string {
  return `hemoserve.${name}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** The keys of a file, found by the names that they bear. */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, { caller: Caller; digest: Buffer; expiresMs: number }>;

  constructor(keys: readonly Key[]) {
    this.#keys = new Map(
      keys.map(({ name, scopes, sha256, expiresAt }) => [
        name,
        {
          caller: { kind: 'key', name, scopes: new Set(scopes) },
          digest: Buffer.from(sha256, 'hex'),
          expiresMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
        },
      ]),
    );
  }

  /** Whose key it is; undefined where it is none of these, or no longer. */
  find(token: string, digest: Buffer): Caller | undefined {
    const key = this.#keys.get(FORM.exec(token)?.[1] ?? '');
    if (!key || !timingSafeEqual(digest, key.digest) || key.expiresMs <= Date.now()) return undefined;
    return key.caller;
  }
}
