import { randomUUID } from 'node:crypto';
import type { CryptoKey, JWK } from 'jose';
import { z } from 'zod';
import type { HttpClient } from './http.js';

/** A token is not used in its last seconds, as clocks differ and a request takes time. */
const SPARE_MS = 30_000;
/** For servers that do not say how long a token lives (RFC 6749 only recommends that they do). */
const DEFAULT_LIFETIME_S = 300;
/** SMART lets an assertion live for five minutes at most. */
const ASSERTION_LIFETIME = '4 minutes';

const tokenSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().nonnegative().default(DEFAULT_LIFETIME_S),
});

/** How a client says to the token server who it is. */
export type ClientProof =
  /** RFC 6749, 2.3.1: client_secret_basic. */
  | { type: 'secret'; secret: string }
  /** RFC 7523 and SMART Backend Services: private_key_jwt. The key is a PEM (PKCS #8) or a JWK. */
  | { type: 'key'; key: string; algorithm: string; keyId?: string };

export interface TokenRequest {
  tokenUrl: string;
  clientId: string;
  scope?: string;
  proof: ClientProof;
}

/** Access tokens by OAuth 2.0's client credentials, each kept until shortly before it expires. */
export class TokenSource {
  readonly #request: TokenRequest;
  readonly #http: HttpClient;
  #token: { value: string; usableUntilMs: number } | undefined;

  constructor(request: TokenRequest, http: HttpClient) {
    this.#request = request;
    this.#http = http;
  }

  /** @throws where the token server gives none. */
  async token(signal: AbortSignal): Promise<string> {
    if (this.#token && performance.now() < this.#token.usableUntilMs) return this.#token.value;
    const askedMs = performance.now();
    const { access_token: value, expires_in } = await this.#ask(signal);
    const lifetimeMs = expires_in * 1000;
    this.#token = { value, usableUntilMs: askedMs + lifetimeMs - Math.min(SPARE_MS, lifetimeMs / 2) };
    return value;
  }

  /** After a server refused it: the next one is a new one. */
  forget(): void {
    this.#token = undefined;
  }

  async #ask(signal: AbortSignal): Promise<z.infer<typeof tokenSchema>> {
    const { tokenUrl, clientId, scope, proof } = this.#request;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) });
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    if (proof.type === 'secret') headers.authorization = basic(clientId, proof.secret);
    else {
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      form.set('client_assertion', await assertion(clientId, tokenUrl, proof));
    }
    const { status, text } = await this.#http.post(tokenUrl, headers, form.toString(), signal);
    if (status !== 200) throw new Error(`the token server answered ${status} ${errorCode(text)}`.trim());
    const parsed = tokenSchema.safeParse(parseJson(text));
    if (!parsed.success) throw new Error('the token server gave no bearer token');
    return parsed.data;
  }
}

/** Name and secret are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basic(clientId: string, secret: string): string {
  const encoded = [clientId, secret].map((part) =>
    new URLSearchParams({ part }).toString().slice('part='.length),
  );
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

async function assertion(
  clientId: string,
  audience: string,
  { key, algorithm, keyId }: Extract<ClientProof, { type: 'key' }>,
): Promise<string> {
  const { SignJWT } = await import('jose');
  const { imported, kid = keyId } = await importKey(key, algorithm);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(kid && { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(ASSERTION_LIFETIME)
    .sign(imported);
}

/** @throws {Error} where the text is no key of the algorithm. */
export async function importKey(
  key: string,
  algorithm: string,
): Promise<{ imported: CryptoKey; kid?: string }> {
  const { importJWK, importPKCS8 } = await import('jose');
  if (!key.startsWith('{')) return { imported: await importPKCS8(key, algorithm) };
  const jwk = parseJson(key) as JWK | undefined;
  if (!jwk?.d) throw new Error('the key is no private JWK');
  const imported = (await importJWK(jwk, algorithm)) as CryptoKey;
  return { imported, ...(jwk.kid && { kid: jwk.kid }) };
}

/** OAuth's error code; its description may be long, and it is not needed to look after a dead letter. */
function errorCode(text: string): string {
  const { error } = (parseJson(text) ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : '';
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
