import type { Settings } from '../settings/schema.js';
import type { Scope } from '../vocabulary/scopes.js';
import type { Caller } from './caller.js';
import { hasDigest, KeyRing, sha256 } from './keys.js';
import { readKeys } from './keys-file.js';

/** Tells whose bearer token it is: a key of HEMOSERVE_KEYS_FILE or HEMOSERVE_ADMIN_TOKEN. */
export class Authenticator {
  readonly #keysFile: string | undefined;
  readonly #adminDigest: Buffer | undefined;
  #keys = new KeyRing([]);

  /** @throws {KeysError} */
  static async open(settings: Settings): Promise<Authenticator> {
    const authenticator = new Authenticator(settings);
    await authenticator.reload();
    return authenticator;
  }

  private constructor(settings: Settings) {
    const { keysFile, adminToken } = settings;
    this.isOn = asksCallers(settings);
    this.#keysFile = keysFile;
    this.#adminDigest = adminToken === undefined ? undefined : sha256(adminToken);
  }

  /** Whether callers are asked who they are; without it only routes of the scope `admin` ask. */
  readonly isOn: boolean;

  /** Whether anybody can have the scope `admin`. */
  get hasAdmin(): boolean {
    return this.isOn || this.#adminDigest !== undefined;
  }

  /** Whether a route of these scopes, one of which a caller needs, asks who calls. */
  asksFor(scopes: readonly Scope[]): boolean {
    return this.isOn || scopes.includes('admin');
  }

  /** Reads the keys again. What was known stays known where the file is wrong. @throws {KeysError} */
  async reload(): Promise<void> {
    if (this.#keysFile !== undefined) this.#keys = new KeyRing(await readKeys(this.#keysFile));
  }

  /** Whose token it is; undefined where it is nobody's. */
  identify(token: string): Caller | undefined {
    const digest = sha256(token);
    if (this.#adminDigest && hasDigest(digest, this.#adminDigest)) return ADMIN;
    return this.#keys.find(token, digest);
  }
}

/** Whether these settings name somebody who may call. */
export function asksCallers({ keysFile }: Settings): boolean {
  return keysFile !== undefined;
}

const ADMIN: Caller = { name: 'admin-token', scopes: new Set(['admin']) };
