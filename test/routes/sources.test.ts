import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { drawnFiles, type Shift } from '../support/generated-crops.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { fitTrust } from '../support/generated-trust.js';
import { type Service, startService } from '../support/service.js';

interface Source {
  name: string;
  state: string;
  shifted: string[];
}

let registry: GeneratedRegistry;
let service: Service;

beforeAll(async () => {
  registry = new GeneratedRegistry();
  const trust = fitTrust();
  await registry.add('judged@1.0.0', { trust });
  await registry.add('judged@1.1.0', { trust });
  await registry.add('plain@1.0.0');
  service = await startService({
    modelsDir: registry.folder,
    models: ['judged@1.0.0', 'judged@1.1.0', 'plain'],
    sources: { XN: { name: 'judged', version: '1.1.0' } },
  });
});

afterAll(async () => {
  await service.close();
  registry.dispose();
});

/** Sends drawn crops of a source in one request, and gives what the answer says of it. */
async function send(
  source: string,
  count: number,
  { seed = 50, shift }: { seed?: number; shift?: Shift } = {},
) {
  const files = await drawnFiles(count, seeded(seed), shift);
  const response = await service.classify(files, '', { headers: { 'x-source': source } });
  expect(response.status).toBe(200);
  return (await response.json()) as { model: { version: string }; source?: Source };
}

describe('a source', () => {
  it('is as usual, and says so in the answer, the list and the metrics', async () => {
    expect((await send('lamp', 10)).source).toEqual({ name: 'lamp', state: 'collecting', shifted: [] });
    expect((await send('lamp', 190, { seed: 51 })).source).toEqual({
      name: 'lamp',
      state: 'usual',
      shifted: [],
    });
    const { sources } = (await (await service.request('/v1/sources')).json()) as {
      sources: (Source & { seen: number; quantities: object[] })[];
    };
    const found = sources.find(({ name }) => name === 'lamp');
    expect(found).toMatchObject({ state: 'usual', seen: 200, model: { name: 'judged', version: '1.0.0' } });
    expect(found?.quantities).toHaveLength(14);
    expect(await service.metric('hemoserve_source_shifted{source="lamp"')).toBe(0);
  });

  it('is reported within 200 crops of a darker stain, and the service stays ready', async () => {
    const { source } = await send('lamp', 190, { seed: 52, shift: { stain: 0.8 } });
    expect(source?.state).toBe('shifted');
    expect(source?.shifted).toContain('stain');
    expect(await service.metric('hemoserve_source_shifted{source="lamp"')).toBe(1);
    expect(
      await service.metric(
        'hemoserve_source_psi{source="lamp",model="judged",version="1.0.0",quantity="stain"}',
      ),
    ).toBeGreaterThan(0.25);
    expect((await service.request('/readyz')).status).toBe(200);
  });

  it('chooses its version, unless the request names a model', async () => {
    expect((await send('XN', 1)).model.version).toBe('1.1.0');
    expect((await send('other', 1)).model.version).toBe('1.0.0');
    const files = await drawnFiles(1, seeded(1));
    const body = await (await service.classify(files, '?source=XN&model=plain')).json();
    expect(body).toMatchObject({ model: { name: 'plain' } });
    expect(body).not.toHaveProperty('source');
  });

  it('is in the last line of an answer as NDJSON', async () => {
    const files = await drawnFiles(2, seeded(1));
    const lines = await service.classify(files, '?source=lines', {
      headers: { accept: 'application/x-ndjson' },
    });
    const last = JSON.parse((await lines.text()).trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ imageCount: 2, source: { name: 'lines', state: 'collecting' } });
  });

  it('has a name of at most 64 harmless characters', async () => {
    const files = await drawnFiles(1, seeded(1));
    for (const [query, source] of [
      ['?source=a%20b', undefined],
      ['', 'x'.repeat(65)],
    ] as const) {
      const response = await service.classify(
        files,
        query,
        source ? { headers: { 'x-source': source } } : {},
      );
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid_request' });
    }
  });

  it('is forgotten once 64 others have sent crops', async () => {
    for (let index = 0; index < 64; index++) await send(`many-${index}`, 1);
    const { sources } = (await (await service.request('/v1/sources')).json()) as { sources: Source[] };
    expect(sources).toHaveLength(64);
    expect(sources.map(({ name }) => name)).not.toContain('lamp');
  });
});

it('a version that is not served answers no source: the service does not start', async () => {
  const started = startService({
    modelsDir: registry.folder,
    models: ['judged@1.0.0'],
    sources: { XN: { name: 'judged', version: '1.1.0' } },
  });
  await expect(started).rejects.toThrow('judged@1.1.0 refused: HEMOSERVE_SOURCES says that it answers XN');
});
