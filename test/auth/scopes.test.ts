import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey, removeKey } from '../../src/auth/keys-file.js';
import { SCOPES, type Scope } from '../../src/vocabulary/scopes.js';
import { upload } from '../support/fixtures.js';
import { imageForm } from '../support/service.js';
import { type SlideService, startSlideService } from '../support/slide-service.js';

/** What anybody may ask. A route is put here on purpose only. */
const OPEN = [
  'GET /livez',
  'GET /readyz',
  'GET /openapi.yaml',
  'GET /v2',
  'GET /v2/health/live',
  'GET /v2/health/ready',
];
const ADMIN_TOKEN = 'a-token-of-the-tests';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-scopes-'));
const keysFile = join(folder, 'keys.json');
const keys = {} as Record<Scope, string>;
let service: SlideService;
beforeAll(async () => {
  for (const scope of SCOPES)
    keys[scope] = await addKey(keysFile, { name: `only-${scope}`, scopes: [scope] });
  service = await startSlideService({ keysFile, adminToken: ADMIN_TOKEN });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

interface Operation {
  method: string;
  path: string;
  scopes: Scope[];
}

/** Every route of the document, with the scopes that it lists. */
function operations(): Operation[] {
  const { paths = {} } = service.app.swagger() as {
    paths?: Record<string, Record<string, { security?: Record<string, Scope[]>[] }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security = [] }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'x'),
      scopes: security.flatMap(({ bearer = [] }) => bearer),
    })),
  );
}

describe('with keys', () => {
  it('every route but the open ones asks who calls, and lets pass only its scopes', async () => {
    const all = operations();
    expect(all.length).toBeGreaterThan(19);
    const open = all.filter(({ scopes }) => scopes.length === 0);
    expect(open.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(OPEN.toSorted());
    for (const { method, path, scopes } of all) {
      if (scopes.length === 0) continue;
      const place = `${method} ${path}`;
      const without = await service.ask(path, { method });
      expect([without.status, without.json.code], place).toEqual([401, 'unauthorized']);
      expect(without.headers.get('www-authenticate')).toBe('Bearer realm="hemoserve"');
      for (const scope of SCOPES) {
        // The stream of events does not end; its answer is known before.
        const answer = await service.request(path, { method, headers: bearer(keys[scope]) });
        await answer.body?.cancel();
        if (scopes.includes(scope)) expect([401, 403], place).not.toContain(answer.status);
        else {
          expect(answer.status, `${place} with ${scope}`).toBe(403);
          const challenge = `Bearer realm="hemoserve", error="insufficient_scope", scope="${scopes.join(' ')}"`;
          expect(answer.headers.get('www-authenticate')).toBe(challenge);
        }
      }
    }
  });

  it('says 403 with a stable code', async () => {
    const { status, json } = await service.get('/v1/slides', bearer(keys.classify));
    expect([status, json.code]).toEqual([403, 'insufficient_scope']);
  });

  it('answers what is open, and unknown routes, without a key', async () => {
    for (const path of ['/livez', '/readyz', '/openapi.yaml', '/docs', '/docs/static/swagger-ui.css']) {
      expect((await service.request(path)).status, path).toBe(200);
    }
    expect((await service.get('/v1/unknown')).json.code).toBe('unknown_route');
  });

  it('classifies for a key of the scope', async () => {
    const body = imageForm([upload('cells/ig.jpg')]);
    const { status, json } = await service.ask('/v1/classify', {
      method: 'POST',
      body,
      headers: bearer(keys.classify),
    });
    expect([status, json.results.length]).toEqual([200, 1]);
  });

  it('the admin token has the scope admin, and no other', async () => {
    expect((await service.post('/admin/reload', undefined, bearer(ADMIN_TOKEN))).status).toBe(200);
    expect((await service.get('/v1/slides', bearer(ADMIN_TOKEN))).status).toBe(403);
  });

  it('a reload takes new keys and forgets old ones; of a wrong file it says so and forgets nothing', async () => {
    const models = (key: string) => service.get('/v1/models', bearer(key)).then(({ status }) => status);
    const reload = () => service.post('/admin/reload', undefined, bearer(ADMIN_TOKEN));
    const key = await addKey(keysFile, { name: 'later', scopes: ['read'] });
    expect(await models(key)).toBe(401);
    expect((await reload()).status).toBe(200);
    expect(await models(key)).toBe(200);
    await removeKey(keysFile, 'later');
    expect((await reload()).status).toBe(200);
    expect(await models(key)).toBe(401);
    writeFileSync(keysFile, 'no JSON');
    const { status, json } = await reload();
    expect([status, json.code]).toEqual([409, 'reload_failed']);
    expect(json.detail).toContain('keys.json: ');
    expect(await models(keys.read)).toBe(200);
  });
});

describe('without keys', () => {
  it('a route that declares no scope ends the start', async () => {
    const { buildApp } = await import('../../src/app.js');
    const { loadSettings } = await import('../../src/settings/load.js');
    const app = await buildApp({ ...loadSettings({}), logLevel: 'silent' });
    await app.close();
    const { default: Fastify } = await import('fastify');
    const { authPlugin } = await import('../../src/plugins/auth.js');
    const { knownMethodsPlugin } = await import('../../src/plugins/known-methods.js');
    const { metricsPlugin } = await import('../../src/plugins/metrics.js');
    const { problemsPlugin } = await import('../../src/plugins/problems.js');
    const { requestLogPlugin } = await import('../../src/plugins/request-log.js');
    const bare = Fastify();
    for (const plugin of [knownMethodsPlugin, metricsPlugin, problemsPlugin, requestLogPlugin])
      await bare.register(plugin);
    await bare.register(authPlugin, { settings: loadSettings({}) });
    expect(() => bare.get('/', () => '')).toThrow("GET / declares no scope: config: { scope: 'read' }");
    bare.get('/', { config: { scope: 'open' } }, () => 'open');
    expect((await bare.inject('/')).body).toBe('open');
  });
});
