import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { addKey } from '../../src/auth/keys-file.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('no secret is in the log, at its most talkative, nor in an answer', async () => {
  const registry = await GeneratedRegistry.withSmallModel();
  const keysFile = join(folder, 'keys.json');
  const key = await addKey(keysFile, { name: 'a', scopes: ['read'] });
  const removed = 'hemoserve.b.ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ';
  const secrets = {
    key: key.split('.')[2] as string,
    removed: 'ZZZZZZZZZZ',
    adminToken: 'admin-token-4711-of-the-tests',
    password: 'password-4711',
    jwt: `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.c2lnbmF0dXJl`,
    patient: 'Lovelace',
  };
  const service = new ServiceProcess({
    HEMOSERVE_LOG_LEVEL: 'trace',
    HEMOSERVE_MODELS_DIR: registry.folder,
    HEMOSERVE_KEYS_FILE: keysFile,
    HEMOSERVE_ADMIN_TOKEN: secrets.adminToken,
    HEMOSERVE_OIDC_ISSUER: 'http://127.0.0.1:9/',
    HEMOSERVE_OIDC_AUDIENCE: 'hemoserve',
    // Nobody answers there.
    HEMOSERVE_OIDC_JWKS: 'http://127.0.0.1:9/',
    HEMOSERVE_DATABASE: `postgres://user:${secrets.password}@127.0.0.1:9/database`,
  });
  const url = await service.url();
  await service.line('model ready');
  const answers: string[] = [];
  const ask = async (path: string, token: string, method = 'GET') => {
    const response = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    answers.push(await response.text());
    return response.status;
  };
  expect(await ask('/v1/models', key)).toBe(200);
  // The store is not there.
  expect(await ask(`/v1/slides?specimenNumber=${secrets.patient}`, key)).toBe(503);
  expect(await ask('/v1/models', removed)).toBe(401);
  expect(await ask('/v1/models', secrets.jwt)).toBe(503);
  expect(await ask('/v1/models', `${secrets.adminToken}x`)).toBe(401);
  expect(await ask('/admin/reload', secrets.adminToken, 'POST')).toBe(200);
  writeFileSync(keysFile, JSON.stringify({ keys: [{ name: 'a', scopes: ['read'], sha256: key }] }));
  expect(await ask('/admin/reload', secrets.adminToken, 'POST')).toBe(409);
  service.kill('SIGHUP');
  await service.line('the keys are not read');
  service.kill('SIGTERM');
  expect(await service.exit).toBe(0);
  registry.dispose();

  const said = JSON.stringify(service.log) + service.stderr + answers.join('\n');
  expect(service.log.length).toBeGreaterThan(10);
  expect(said).toContain('the keys of the issuer of tokens cannot be had');
  for (const [name, secret] of Object.entries(secrets)) expect(said.includes(secret), name).toBe(false);
});

it('a wrong setting is named, and its value is not repeated', async () => {
  const service = new ServiceProcess({ HEMOSERVE_ADMIN_TOKEN: 'secret with spaces' });
  expect(await service.exit).toBe(1);
  expect(service.stderr).toContain('HEMOSERVE_ADMIN_TOKEN');
  expect(service.stderr).not.toContain('secret with spaces');
});
