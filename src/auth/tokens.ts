import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { ServiceError } from '../errors/problem.js';
import { SCOPES } from '../vocabulary/scopes.js';
import type { Caller } from './caller.js';

/** What a public key verifies; never a shared secret (RFC 8725, section 3.1). */
const ALGORITHMS = ['RS', 'PS', 'ES'].flatMap((kind) => ['256', '384', '512'].map((bits) => kind + bits));
ALGORITHMS.push('EdDSA', 'Ed25519');
/** Clocks differ. */
const CLOCK_TOLERANCE_S = 30;
const RETRY_AFTER_S = 5;
/** A verified token is known again for a while: its signature is checked in libuv's threads, behind images. */
const KNOWN_MS = 60_000;
const MAX_KNOWN = 1_000;

export interface TokenTerms {
  issuer: string;
  audience: string;
  /** URL or file of the issuer's keys. */
  jwks: string;
  /** Claim with the scopes: a text with spaces, or a list. */
  scopesClaim: string;
}

/** Verifies JWTs of one issuer (RFC 9068): signature, issuer, audience and time. */
export class TokenVerifier {
  readonly #known = new LRUCache<string, Caller>({ max: MAX_KNOWN });

  private constructor(
    private readonly terms: TokenTerms,
    private readonly getKey: JWTVerifyGetKey,
  ) {}

  /** @throws {Error} where a file of keys is wrong; a URL is asked when the first token comes. */
  static async open(terms: TokenTerms): Promise<TokenVerifier> {
    const { jwks } = terms;
    // Asked again for an unknown key, but not more than once in 30 s, whatever comes.
    if (isUrl(jwks)) return new TokenVerifier(terms, createRemoteJWKSet(new URL(jwks)));
    try {
      return new TokenVerifier(terms, createLocalJWKSet(JSON.parse(await readFile(jwks, 'utf8'))));
    } catch (error) {
      throw new Error(`HEMOSERVE_OIDC_JWKS, ${jwks}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Whose token it is; undefined where it is not valid.
   *
   * @param digest of the token, by which it is known again.
   * @throws {ServiceError} auth_unavailable while the issuer does not give its keys.
   */
  async verify(token: string, digest: Buffer): Promise<Caller | undefined> {
    const id = digest.toString('base64');
    const known = this.#known.get(id);
    if (known) return known;
    const { issuer, audience } = this.terms;
    const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S };
    try {
      const { payload } = await jwtVerify(token, this.getKey, { ...options, requiredClaims: ['exp'] });
      const caller = this.#callerOf(payload);
      const leftMs = Number(payload.exp) * 1000 - Date.now();
      if (leftMs > 0) this.#known.set(id, caller, { ttl: Math.min(KNOWN_MS, leftMs) });
      return caller;
    } catch (error) {
      if (isOfToken(error)) return undefined;
      const detail = 'The keys of the issuer of tokens cannot be had.';
      throw new ServiceError('auth_unavailable', detail, { cause: error, retryAfterS: RETRY_AFTER_S });
    }
  }

  #callerOf(payload: JWTPayload): Caller {
    const claim = payload[this.terms.scopesClaim];
    const given = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
    const name = String(payload.sub ?? payload.client_id ?? 'unnamed');
    return { kind: 'token', name, scopes: new Set(SCOPES.filter((scope) => given.includes(scope))) };
  }
}

export function isUrl(jwks: string): boolean {
  return /^https?:/.test(jwks);
}

/** Whether an error says that a token is wrong, not that its keys cannot be had. */
function isOfToken(error: unknown): boolean {
  const { JOSEError, JWKSInvalid, JWKSTimeout } = errors;
  if (!(error instanceof JOSEError) || error instanceof JWKSInvalid || error instanceof JWKSTimeout)
    return false;
  // Another status than 200 of the issuer, or no JSON.
  return error.code !== 'ERR_JOSE_GENERIC';
}
