import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../src/auth/keys-file.js';
import { loadSettings } from '../../src/settings/load.js';
import { type Service, startService } from '../support/service.js';

const ORIGIN = 'https://viewer.example.org';
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-limits-'));
const keysFile = join(folder, 'keys.json');
let service: Service;
let keys: string[];
beforeAll(async () => {
  keys = [];
  for (const name of ['a', 'b']) keys.push(await addKey(keysFile, { name, scopes: ['read'] }));
  const settings = { keysFile, maxRequestsPerMinute: 3, corsOrigins: [ORIGIN] };
  service = await startService(settings, { load: false });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const ask = (key: string | undefined, path = '/v1/sources') =>
  service.request(path, { headers: { authorization: `Bearer ${key}` } });

it('each key has so many requests in a minute, over all routes, and no more', async () => {
  const [a, b] = keys;
  const statuses = [];
  for (const path of ['/v1/sources', '/v1/models', '/v1/sources', '/v1/sources', '/v1/models']) {
    statuses.push((await ask(a, path)).status);
  }
  expect(statuses).toEqual([200, 503, 200, 429, 429]);
  const refused = await ask(a);
  expect(await refused.json()).toMatchObject({ code: 'too_many_requests', status: 429 });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect((await ask(b)).status).toBe(200);
  for (let i = 0; i < 10; i++) expect((await service.request('/livez')).status).toBe(200);
});

describe('CORS', () => {
  const preflight = (origin: string, to = service) =>
    to.request('/v1/classify', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  it('lets pages of the origins call, whose preflight has no key', async () => {
    const answer = await preflight(ORIGIN);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await service.request('/v1/sources', { headers: { origin: ORIGIN } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, ORIGIN]);
  });

  it('lets no others', async () => {
    for (const origin of ['https://other.example.org', 'null', `${ORIGIN}.evil.example`]) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).toBeNull();
    }
  });

  it('is off by default, and takes only origins', async () => {
    const other = await startService({}, { load: false });
    const answer = await preflight(ORIGIN, other);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    await other.close();
    for (const wrong of ['*', 'viewer.example.org', `${ORIGIN}/`, `${ORIGIN},`]) {
      expect(() => loadSettings({ HEMOSERVE_CORS_ORIGINS: wrong }), wrong).toThrow('expected origins');
    }
  });
});

it('answers have headers that keep a browser from keeping and guessing', async () => {
  for (const path of ['/livez', '/v1/sources', '/v1/unknown', '/openapi.yaml']) {
    const { headers } = await service.request(path);
    expect(Object.fromEntries(headers), path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers.get('strict-transport-security')).toBeNull();
  }
});
