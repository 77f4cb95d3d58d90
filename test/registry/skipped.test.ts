import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

const TOKEN = 'a-token-of-the-tests';

let registry: GeneratedRegistry;
let service: Service | undefined;
beforeEach(async () => {
  registry = await GeneratedRegistry.withSmallModel();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  registry.dispose();
});

interface Listed {
  models: { name: string; version: string; served: boolean }[];
  skipped: { folder: string; reason: string }[];
}

async function list(from: Service): Promise<Listed> {
  return (await (await from.request('/v1/models')).json()) as Listed;
}

async function spoil(): Promise<void> {
  registry.write('small/1.1.0/model.onnx', 'still being copied');
  registry.write('small/1.2.0/manifest.json', '{"formatVersion": 1,');
  registry.write('notes/old/README.md', 'of a person');
  registry.write('small/1.3.0/manifest.json', '{"formatVersion": 2}');
  registry.write('.git/objects/pack', '');
}

describe('a folder that no served model needs', () => {
  it.each(['default', 'small', 'small@1.0.0'])('does not stop the start of %s', async (model) => {
    await spoil();
    service = await startService({ modelsDir: registry.folder, models: [model] });
    const { models, skipped } = await list(service);
    expect(models).toEqual([expect.objectContaining({ name: 'small', version: '1.0.0', served: true })]);
    expect(skipped).toEqual([
      { folder: 'notes/old', reason: 'manifest.json: missing' },
      { folder: 'small/1.1.0', reason: 'manifest.json: missing' },
      { folder: 'small/1.2.0', reason: expect.stringMatching(/^manifest\.json: .*JSON/) },
      { folder: 'small/1.3.0', reason: expect.stringContaining('formatVersion') },
    ]);
    // Nobody is told where the registry is.
    expect(JSON.stringify(skipped)).not.toContain(registry.folder);
  });

  it('does not stop a reload, and is a version once it is whole', async () => {
    service = await startService({ modelsDir: registry.folder, models: ['small'], adminToken: TOKEN });
    const reload = () =>
      service?.request('/admin/reload', { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await list(service)).toMatchObject({ skipped: [] });
    await spoil();
    expect(await (await reload())?.json()).toMatchObject({ kept: [{ name: 'small', version: '1.0.0' }] });
    expect((await list(service)).skipped).toHaveLength(4);
    await registry.add('small@1.1.0');
    expect(await (await reload())?.json()).toMatchObject({ loaded: [{ name: 'small', version: '1.1.0' }] });
    expect((await list(service)).skipped).toHaveLength(3);
  });

  it('is refused where a reload would put an older version in the place of the served one', async () => {
    await registry.add('small@1.1.0');
    service = await startService({ modelsDir: registry.folder, models: ['small'], adminToken: TOKEN });
    const { modelHost } = service.app;
    registry.write('small/1.1.0/manifest.json', '{"formatVersion": 1,');
    await expect(modelHost.reload()).rejects.toThrow(/^model small@1\.1\.0 refused: manifest\.json: .*JSON/);
    expect((await list(service)).models).toContainEqual(
      expect.objectContaining({ version: '1.1.0', served: true }),
    );
    // A newer one takes its place, and an older one once it is gone.
    await registry.add('small@1.2.0');
    expect((await modelHost.reload()).loaded).toEqual([{ name: 'small', version: '1.2.0' }]);
    registry.remove('small/1.2.0');
    expect((await modelHost.reload()).loaded).toEqual([{ name: 'small', version: '1.0.0' }]);
  });

  it('is refused with its own reason where a model needs it', async () => {
    await spoil();
    const start = (model: string) => startService({ modelsDir: registry.folder, models: [model] });
    await expect(start('small@1.1.0')).rejects.toThrow('model small@1.1.0 refused: manifest.json: missing');
    await expect(start('notes')).rejects.toThrow('model notes@old refused: manifest.json: missing');
    registry.setDefault('small@1.3.0');
    await expect(start('default')).rejects.toThrow(
      /^model small@1\.3\.0 refused: manifest\.json: .*formatVersion/s,
    );
  });
});
