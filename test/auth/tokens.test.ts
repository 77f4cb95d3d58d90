import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/settings/schema.js';
import { type Service, startService } from '../support/service.js';

const AUDIENCE = 'hemoserve';

/** An issuer of tokens, with its keys at a URL. */
class Issuer {
  server!: Server;
  url!: string;
  requests = 0;
  status = 200;
  keys: JWK[] = [];
  private privateKeys: { kid: string; key: CryptoKey; alg: string }[] = [];

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.server = createServer((_request, response) => {
      issuer.requests += 1;
      response.writeHead(issuer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: issuer.keys }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => issuer.server.once('listening', resolve));
    issuer.url = `http://127.0.0.1:${(issuer.server.address() as AddressInfo).port}/`;
    for (const alg of ['RS256', 'ES256', 'EdDSA']) await issuer.addKey(alg);
    return issuer;
  }

  async addKey(alg: string, publish = true): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const kid = `key-${this.privateKeys.length}`;
    this.privateKeys.push({ kid, key: privateKey, alg });
    if (publish) this.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
  }

  /** @param lifetime for good, if empty. */
  token(claims: Record<string, unknown> = {}, { key = 0, lifetime = '5 minutes' } = {}): Promise<string> {
    const { kid, key: privateKey, alg } = this.privateKeys.at(key) as (typeof this.privateKeys)[number];
    const payload = { iss: this.url, aud: AUDIENCE, sub: 'Ada', scope: 'openid read', ...claims };
    const jwt = new SignJWT(payload).setProtectedHeader({ alg, kid });
    if (lifetime !== '') jwt.setExpirationTime(lifetime);
    return jwt.sign(privateKey);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-tokens-'));
let issuer: Issuer;
let service: Service;
const start = (overrides: Partial<Settings> = {}) =>
  startService(
    { oidcIssuer: issuer.url, oidcAudience: AUDIENCE, oidcJwks: issuer.url, ...overrides },
    { load: false },
  );
const ask = async (token: string, path = '/v1/sources', to = service) => {
  const response = await to.request(path, { headers: { authorization: `Bearer ${token}` } });
  const { code } = (await response.json()) as { code?: string };
  return [response.status, code];
};
beforeAll(async () => {
  issuer = await Issuer.start();
  service = await start();
});
afterAll(async () => {
  await service.close();
  issuer.server.close();
  rmSync(folder, { recursive: true });
});

const REFUSED = [401, 'unauthorized'];

describe('a token of the issuer', () => {
  it.each([0, 1, 2])('with the scope is accepted, of key %d', async (key) => {
    expect(await ask(await issuer.token({}, { key }))).toEqual([200, undefined]);
  });

  it('without the scope is a 403', async () => {
    expect(await ask(await issuer.token({ scope: 'openid classify' }))).toEqual([403, 'insufficient_scope']);
    expect(await ask(await issuer.token({ scope: 'readers' }))).toEqual([403, 'insufficient_scope']);
    expect(await ask(await issuer.token({ scope: undefined }))).toEqual([403, 'insufficient_scope']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://other.example.org/' }],
    ['for another audience', { aud: 'another' }],
    ['without an audience', { aud: undefined }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 3600 }],
  ])('%s is refused', async (_what, claims) => {
    expect(await ask(await issuer.token(claims))).toEqual(REFUSED);
  });

  it('that has expired is refused, and so is one that never does', async () => {
    expect(await ask(await issuer.token({}, { lifetime: '1 minute ago' }))).toEqual(REFUSED);
    expect(await ask(await issuer.token({}, { lifetime: '' }))).toEqual(REFUSED);
  });

  it('that was changed, or that nobody signed, is refused', async () => {
    const token = await issuer.token({ scope: 'admin' });
    const [, payload = ''] = token.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const shared = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'key-0' })).toString('base64url');
    for (const wrong of [
      token.replace(/..$/, 'xx'),
      `${none}.${payload}.`,
      `${shared}.${payload}.${'a'.repeat(43)}`,
      'a.b.c',
      'x',
    ]) {
      expect(await ask(wrong), wrong).toEqual(REFUSED);
    }
  });

  it('of a key that nobody publishes is refused, and does not ask the issuer each time', async () => {
    await issuer.addKey('ES256', false);
    const before = issuer.requests;
    const token = await issuer.token({}, { key: -1 });
    for (let i = 0; i < 20; i++) expect(await ask(token)).toEqual(REFUSED);
    expect(issuer.requests - before).toBeLessThanOrEqual(1);
  });

  it('has its scopes in another claim, if the settings say so', async () => {
    const other = await start({ oidcScopesClaim: 'roles' });
    const token = await issuer.token({ scope: '', roles: ['read', 'else'] });
    expect(await ask(token, '/v1/sources', other)).toEqual([200, undefined]);
    expect(await ask(token)).toEqual([403, 'insufficient_scope']);
    await other.close();
  });
});

describe('the keys of the issuer', () => {
  it('may lie in a file, which is checked at the start', async () => {
    const file = join(folder, 'jwks.json');
    writeFileSync(file, JSON.stringify({ keys: issuer.keys }));
    const before = issuer.requests;
    const other = await start({ oidcJwks: file });
    expect(await ask(await issuer.token(), '/v1/sources', other)).toEqual([200, undefined]);
    expect(issuer.requests).toBe(before);
    await other.close();
    writeFileSync(file, '{}');
    await expect(start({ oidcJwks: file })).rejects.toThrow('jwks.json: ');
  });

  it('that cannot be had are a 503, and no 401', async () => {
    issuer.status = 500;
    const other = await start();
    expect(await ask(await issuer.token(), '/v1/sources', other)).toEqual([503, 'auth_unavailable']);
    issuer.status = 200;
    expect(await ask(await issuer.token(), '/v1/sources', other)).toEqual([200, undefined]);
    await other.close();
  });
});
