import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResultCache } from '../../src/classify/result-cache.js';
import { CLASSES, upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

describe('ResultCache', () => {
  const file = (value: number) => Buffer.from([value]);
  const result = Float64Array.of(0.25, 0.75);

  it('computes once for the same bytes', async () => {
    const cache = new ResultCache(2);
    expect(await cache.get(file(1), async () => result)).toEqual({ result, hit: false });
    const again = await cache.get(file(1), () => Promise.reject(new Error('computed again')));
    expect(again).toEqual({ result, hit: true });
  });

  it('forgets the least recently used past its bound', async () => {
    const cache = new ResultCache(2);
    const ask = async (value: number) => (await cache.get(file(value), async () => result)).hit;
    expect([await ask(1), await ask(2), await ask(1), await ask(3)]).toEqual([false, false, true, false]);
    expect([await ask(1), await ask(3), await ask(2)]).toEqual([true, true, false]);
  });

  it('tells large files apart by any byte', async () => {
    const cache = new ResultCache(10);
    const large = Buffer.alloc(1_000_000);
    const other = (at: number) => Buffer.from(large).fill(1, at, at + 1);
    for (const encoded of [large, other(0), other(500_000), other(999_999), large.subarray(1)]) {
      expect((await cache.get(encoded, async () => result)).hit).toBe(false);
    }
    expect((await cache.get(Buffer.from(large), async () => result)).hit).toBe(true);
  });

  it('keeps no failure', async () => {
    const cache = new ResultCache(2);
    await expect(cache.get(file(1), () => Promise.reject(new Error('no image')))).rejects.toThrow('no image');
    expect((await cache.get(file(1), async () => result)).hit).toBe(false);
  });
});

describe('the service', () => {
  let registry: GeneratedRegistry;
  let cached: Service;
  let plain: Service;
  beforeAll(async () => {
    registry = await GeneratedRegistry.withSmallModel();
    cached = await startService({ modelsDir: registry.folder, cacheEntries: 100 });
    plain = await startService({ modelsDir: registry.folder });
  });
  afterAll(async () => {
    await cached.close();
    await plain.close();
    registry.dispose();
  });

  const counts = async (service: Service) => [
    await service.metric('hemoserve_cache_lookups_total{result="hit"}'),
    await service.metric('hemoserve_cache_lookups_total{result="miss"}'),
    await service.metric('hemoserve_batch_size_sum'),
  ];
  const ask = async (service: Service, names: string[]) => {
    const response = await service.classify(names.map((name) => upload(`cells/${name}.jpg`)));
    return ((await response.json()) as { results: { probabilities: object }[] }).results.map(
      ({ probabilities }) => probabilities,
    );
  };

  it('answers a crop that is sent again as before, without an inference', async () => {
    const [hits = 0, misses = 0, crops = 0] = await counts(cached);
    // The check of the golden outputs has seen ig.jpg.
    const names = CLASSES.filter((name) => name !== 'ig');
    const first = await ask(cached, names);
    expect(await ask(cached, names)).toEqual(first);
    expect(await counts(cached)).toEqual([hits + 7, misses + 7, crops + 7]);
  });

  it('keeps nothing unless it is told to', async () => {
    const [, , crops = 0] = await counts(plain);
    await ask(plain, ['ig']);
    await ask(plain, ['ig']);
    expect(await counts(plain)).toEqual([0, 0, crops + 2]);
  });
});
