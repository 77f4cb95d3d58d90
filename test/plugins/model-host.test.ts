import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/app.js';
import { loadSettings } from '../../src/settings/load.js';

const cacheDir = mkdtempSync(join(tmpdir(), 'hemoserve-far-'));
const sockets: Socket[] = [];
const silent = createServer((socket) => sockets.push(socket));

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  vi.unstubAllEnvs();
  silent.close();
  rmSync(cacheDir, { recursive: true });
});

it('a registry that does not answer holds up the first load, and not the service', async () => {
  const address = silent.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  const settings = loadSettings({
    HEMOSERVE_MODELS_URL: 's3://models/registry',
    HEMOSERVE_S3_ENDPOINT: `http://127.0.0.1:${address.port}`,
    HEMOSERVE_CACHE_DIR: cacheDir,
  });
  const app = await buildApp({ ...settings, logLevel: 'silent' }, { loadAtOnce: true });
  try {
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    await expect.poll(() => sockets.length).toBeGreaterThan(0);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
    await app.close();
  }
});
