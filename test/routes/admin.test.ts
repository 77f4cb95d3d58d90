import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

const TOKEN = 'a-token-of-the-tests';

let registry: GeneratedRegistry;
let service: Service;
beforeAll(async () => {
  registry = new GeneratedRegistry();
  await registry.add('small@1.0.0', { says: 'ig' });
  registry.setDefault('small@1.0.0');
  service = await startService({ modelsDir: registry.folder, adminToken: TOKEN });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

function reload(headers: Record<string, string>, body: string | null = null): Promise<Response> {
  return service.request('/admin/reload', { method: 'POST', headers, body });
}

function reloads(): Promise<number> {
  return service.metric('hemoserve_reloads_total{outcome="succeeded"}');
}

describe('the admin route', () => {
  it.each([
    ['without a token', '', ''],
    ['with another token', `Bearer ${TOKEN}s`, ', error="invalid_token"'],
    ['with the beginning of the token', `Bearer ${TOKEN.slice(0, -1)}`, ', error="invalid_token"'],
    ['with another scheme', `Basic ${TOKEN}`, ''],
    ['with the token alone', TOKEN, ''],
  ])('is refused %s', async (_reason, authorization, error) => {
    const before = await reloads();
    const response = await reload({ authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(`Bearer realm="hemoserve"${error}`);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized', status: 401 });
    expect(text).not.toContain(TOKEN);
    expect(await reloads()).toBe(before);
  });

  it.each([
    ['application/json', ''],
    ['application/json', 'no json'],
    ['application/x-www-form-urlencoded', ''],
  ])('does not mind a body of type %s: "%s"', async (type, body) => {
    const before = await reloads();
    const response = await reload({ authorization: `bearer ${TOKEN}`, 'content-type': type }, body);
    expect(response.status).toBe(200);
    expect(await reloads()).toBe(before + 1);
  });

  it('is not there without a token in the settings', async () => {
    const without = await startService({}, { load: false });
    const response = await without.request('/admin/reload', { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'unknown_route' });
    await without.close();
  });
});
