import { timingSafeEqual } from 'node:crypto';
import type { Settings } from '../settings/schema.js';
import type { Scope } from '../vocabulary/scopes.js';
import type { Caller } from './caller.js';
import { KeyRing, sha256 } from './keys.js';
import { readKeys } from './keys-file.js';
import type { TokenVerifier } from './tokens.js';

/** Tells whose bearer token it is: a key of HEMOSERVE_KEYS_FILE, HEMOSERVE_ADMIN_TOKEN, or a JWT of the issuer. */
export class Authenticator {
  /** Whether callers are asked who they are; without it only routes of the scope `admin` ask. */
  readonly isOn: boolean;
  readonly #settings: Settings;
  readonly #adminDigest: Buffer | undefined;
  #keys = new KeyRing([]);
  #tokens: TokenVerifier | undefined;

  /** @throws {Error} which says what is wrong with a file. */
  static async open(settings: Settings): Promise<Authenticator> {
    const authenticator = new Authenticator(settings);
    await authenticator.reload();
    return authenticator;
  }

  private constructor(settings: Settings) {
    this.isOn = asksCallers(settings);
    this.#settings = settings;
    this.#adminDigest = settings.adminToken === undefined ? undefined : sha256(settings.adminToken);
  }

  /** Whether anybody can have the scope `admin`. */
  get hasAdmin(): boolean {
    return this.isOn || this.#adminDigest !== undefined;
  }

  /** Whether a route of these scopes, one of which a caller needs, asks who calls. */
  asksFor(scopes: readonly Scope[]): boolean {
    return this.isOn || scopes.includes('admin');
  }

  /** Reads keys again, ours and the issuer's. What was known stays known where a file is wrong. @throws {Error} */
  async reload(): Promise<void> {
    const { keysFile, oidcIssuer, oidcAudience, oidcJwks, oidcScopesClaim } = this.#settings;
    const keys = keysFile === undefined ? [] : await readKeys(keysFile);
    if (oidcIssuer && oidcAudience && oidcJwks) {
      const terms = { issuer: oidcIssuer, audience: oidcAudience, jwks: oidcJwks };
      // Imported here: its library takes time, and few have an issuer.
      const tokens = await import('./tokens.js');
      this.#tokens = await tokens.TokenVerifier.open({ ...terms, scopesClaim: oidcScopesClaim });
    }
    this.#keys = new KeyRing(keys);
  }

  /**
   * Whose token it is; undefined where it is nobody's.
   *
   * @throws {ServiceError} auth_unavailable
   */
  async identify(token: string): Promise<Caller | undefined> {
    const digest = sha256(token);
    if (this.#adminDigest && timingSafeEqual(digest, this.#adminDigest)) return ADMIN;
    return this.#keys.find(token, digest) ?? this.#tokens?.verify(token, digest);
  }
}

/** Whether these settings name somebody who may call. */
export function asksCallers({ keysFile, oidcIssuer }: Settings): boolean {
  return keysFile !== undefined || oidcIssuer !== undefined;
}

const ADMIN: Caller = { kind: 'key', name: 'admin-token', scopes: new Set(['admin']) };
