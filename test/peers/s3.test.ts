import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bucket } from '../../src/objects/bucket.js';
import type { Settings } from '../../src/settings/schema.js';
import { upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Moto, startMoto } from '../support/moto.js';
import { type Service, startService } from '../support/service.js';

const TOKEN = 'a-token-of-sixteen-letters';

const crop = () => [upload('cells/ig.jpg')];

describe.skipIf(!process.env.HEMOSERVE_TEST_S3)('a registry in an object store (moto)', () => {
  let moto: Moto;
  let settings: Pick<Settings, 's3Endpoint' | 's3Region' | 'modelsUrl' | 'cacheDir' | 'adminToken'>;
  let registry: GeneratedRegistry;
  let bucket: Bucket;
  let service: Service | undefined;
  let run = 0;

  beforeAll(async () => {
    moto = await startMoto('models');
    settings = {
      s3Endpoint: moto.s3Endpoint,
      s3Region: undefined,
      modelsUrl: '',
      cacheDir: '',
      adminToken: TOKEN,
    };
  });
  afterAll(() => moto.dispose());

  beforeEach(async () => {
    const modelsUrl = `s3://models/run-${run++}`;
    settings = { ...settings, modelsUrl, cacheDir: mkdtempSync(join(tmpdir(), 'hemoserve-cache-')) };
    bucket = new Bucket(modelsUrl, settings);
    registry = new GeneratedRegistry();
    await registry.add('small@1.0.0', { says: 'ig' });
    registry.setDefault('small@1.0.0');
    await send();
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
    bucket.close();
    registry.dispose();
    rmSync(settings.cacheDir, { recursive: true });
  });

  /** Copies the registry's files that a test wants there into the object store. */
  async function send(wanted: (path: string) => boolean = () => true): Promise<void> {
    for (const entry of readdirSync(registry.folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const path = relative(registry.folder, file);
      if (entry.isFile() && wanted(path)) await bucket.write(path, readFileSync(file));
    }
  }

  async function start(overrides: Partial<Settings> = {}): Promise<Service> {
    service = await startService({ ...settings, ...overrides });
    return service;
  }

  /** @returns the status, and what the answer says. */
  async function reload(): Promise<{ status: number; said: object; detail: string }> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await (service as Service).request('/admin/reload', { method: 'POST', headers });
    const answer = (await response.json()) as { detail?: string };
    return { status: response.status, said: answer, detail: answer.detail ?? '' };
  }
  const said = async () => {
    const answer = (await (await service?.classify(crop()))?.json()) as { results: { class: string }[] };
    return answer.results[0]?.class;
  };
  const cached = (path: string) => {
    const [folder = ''] = readdirSync(settings.cacheDir).filter((name) => name.startsWith('models-'));
    return join(settings.cacheDir, folder, path);
  };

  it('is served from a cache that only this user can write into', async () => {
    await start();
    expect(await said()).toBe('ig');
    expect(readFileSync(cached('small/1.0.0/model.onnx'))).toEqual(
      readFileSync(join(registry.folder, 'small/1.0.0/model.onnx')),
    );
    expect(statSync(cached('')).mode & 0o077).toBe(0);
  });

  it('brings a new version, and no request fails while it is exchanged', async () => {
    await start();
    await registry.add('small@1.1.0', { says: 'platelet' });
    registry.setDefault('small@1.1.0');
    await send();
    const answers: (string | undefined)[] = [];
    let loading = true;
    const client = (async () => {
      while (loading) answers.push(await said());
    })();
    const response = await reload();
    expect(response.said).toMatchObject({ loaded: [{ version: '1.1.0' }] });
    await said();
    loading = false;
    await client;
    expect(new Set(answers)).toEqual(new Set(['ig', 'platelet']));
    expect(await said()).toBe('platelet');
  });

  it('fetches the files of no version that is not served', async () => {
    await registry.add('other@1.0.0');
    await send();
    const { request } = await start();
    const { models } = (await (await request('/v1/models')).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(['other', 'small']);
    expect(existsSync(cached('other/1.0.0/manifest.json'))).toBe(true);
    expect(existsSync(cached('other/1.0.0/model.onnx'))).toBe(false);
  });

  it('skips a version that is still being sent, as a folder is skipped', async () => {
    await registry.add('small@1.1.0', { says: 'platelet' });
    await send((path) => !path.includes('1.1.0/manifest.json'));
    const { request } = await start({ models: ['small'] });
    const { skipped } = (await (await request('/v1/models')).json()) as { skipped: object[] };
    expect(skipped).toEqual([{ folder: 'small/1.1.0', reason: 'manifest.json: missing' }]);
    expect(await said()).toBe('ig');
    await send();
    expect((await reload()).status).toBe(200);
    expect(await said()).toBe('platelet');
  });

  it.each([
    ['missing', undefined, 'model.onnx: missing in the object store'],
    ['another one', 'x'.repeat(100), 'model.onnx: its SHA-256 in the object store is'],
    ['too long', 'x'.repeat(100_000), 'model.onnx has more than'],
  ])(
    'refuses a version of which a file is %s, and goes on with what it serves',
    async (_, content, words) => {
      await start({ models: ['small'] });
      await registry.add('small@1.1.0', { says: 'platelet' });
      await send((path) => path !== 'small/1.1.0/model.onnx');
      if (content) await bucket.write('small/1.1.0/model.onnx', Buffer.from(content));
      const response = await reload();
      expect(response.status).toBe(409);
      expect(response.detail).toContain(words);
      expect(await said()).toBe('ig');
      expect(readdirSync(cached('small/1.1.0'))).not.toContain('model.onnx');
      await send();
      expect((await reload()).status).toBe(200);
      expect(await said()).toBe('platelet');
    },
  );

  it('fetches a file anew whose copy is damaged', async () => {
    await (await start()).close();
    service = undefined;
    writeFileSync(cached('small/1.0.0/model.onnx'), 'damaged');
    await start();
    expect(await said()).toBe('ig');
  });

  it('forgets a version that is deleted there', async () => {
    await registry.add('small@0.9.0');
    await send();
    const { request } = await start();
    await bucket.deleteAll('small/0.9.0/');
    expect((await reload()).status).toBe(200);
    const { models } = (await (await request('/v1/models')).json()) as { models: { version: string }[] };
    expect(models.map(({ version }) => version)).toEqual(['1.0.0']);
  });

  it('starts from its cache while the store is down, and a reload says that it is', async () => {
    await (await start()).close();
    await moto.stop();
    await start();
    expect(await said()).toBe('ig');
    const response = await reload();
    expect(response.status).toBe(409);
    expect(response.detail).toContain('the object store: ECONNREFUSED');
    expect(await said()).toBe('ig');
  });
});
