import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../src/statistics/seeded.js';
import { CLASSES } from '../support/fixtures.js';
import { drawnFiles, type Shift } from '../support/generated-crops.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { fitTrust } from '../support/generated-trust.js';
import { type Service, startService } from '../support/service.js';

interface Result {
  class: string;
  decision?: string;
  reasons?: string[];
  predictionSet?: string[];
  novelty?: { score: number; threshold: number };
  quality?: {
    measures: Record<string, number>;
    unusual: { measure: string; value: number; lower: number; upper: number }[];
  };
}

const trust = fitTrust();
let registry: GeneratedRegistry;
let service: Service;

beforeAll(async () => {
  registry = new GeneratedRegistry();
  await registry.add('judged@1.0.0', { trust });
  await registry.add('plain@1.0.0');
  const settings = {
    modelsDir: registry.folder,
    models: ['judged', 'plain'],
    leastProbability: 0,
    cacheEntries: 1000,
  };
  service = await startService(settings);
});

afterAll(async () => {
  await service.close();
  registry.dispose();
});

async function answer(files: File[], query = '') {
  const response = await service.classify(files, query);
  expect(response.status).toBe(200);
  return (await response.json()) as { trust: object; results: Result[] };
}

async function judged(shift?: Shift, count = 60): Promise<Result[]> {
  return (await answer(await drawnFiles(count, seeded(99), shift))).results;
}

const share = (results: readonly Result[], reason: string) =>
  results.filter(({ reasons }) => reasons?.includes(reason)).length / results.length;

describe('judged answers', () => {
  it('accept most usual crops, with the numbers behind each', async () => {
    const results = await judged(undefined, 200);
    expect(results.filter(({ decision }) => decision === 'accepted').length).toBeGreaterThan(160);
    expect(share(results, 'out_of_distribution')).toBeLessThan(0.06);
    expect(share(results, 'poor_quality')).toBeLessThan(0.06);
    for (const { class: winner, decision, reasons, predictionSet = [], novelty, quality } of results) {
      expect(reasons?.length === 0).toBe(decision === 'accepted');
      if (decision === 'accepted') expect(predictionSet).toEqual([winner]);
      expect(reasons?.includes('out_of_distribution')).toBe(
        (novelty?.score ?? 0) > (novelty?.threshold ?? 0),
      );
      expect(reasons?.includes('poor_quality')).toBe(quality?.unusual.length !== 0);
      for (const { value, lower, upper } of quality?.unusual ?? [])
        expect(value < lower || value > upper).toBe(true);
    }
  });

  it.each([
    ['a darker lamp', { light: 0.75 }, 'exposure'],
    ['swapped colours', { swapped: true }, 'backgroundBlueGreen'],
  ] as const)('refer crops of %s as novel and of poor quality', async (_what, shift, measure) => {
    const results = await judged(shift);
    expect(share(results, 'out_of_distribution')).toBe(1);
    expect(share(results, 'poor_quality')).toBe(1);
    expect(results[0]?.quality?.unusual.map((one) => one.measure)).toContain(measure);
  });

  it('are the same from the cache, and as lines', async () => {
    const files = await drawnFiles(5, seeded(99));
    const { results } = await answer(files);
    expect((await answer(files)).results).toEqual(results);
    const lines = await service.classify(files, '', { headers: { accept: 'application/x-ndjson' } });
    const parsed = (await lines.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed.slice(0, 5)).toEqual(results);
    expect(parsed[5]).toMatchObject({ imageCount: 5, trust: { conformalLevel: 0.95, missing: [] } });
  });

  it('say what is missing where the version has no trust data', async () => {
    const { trust: terms, results } = await answer(await drawnFiles(1, seeded(1)), '?model=plain');
    expect(terms).toMatchObject({ missing: ['decision', 'predictionSet', 'novelty', 'quality'] });
    expect(Object.keys(results[0] ?? {})).toEqual([
      'index',
      'filename',
      'class',
      'probability',
      'probabilities',
    ]);
  });

  it('are counted by decision and reason', async () => {
    const before = await service.metric(
      'hemoserve_review_reasons_total{model="judged",version="1.0.0",reason="poor_quality"}',
    );
    const reviews = await service.metric(
      'hemoserve_decisions_total{model="judged",version="1.0.0",decision="review"}',
    );
    await judged({ light: 0.7 }, 10);
    expect(
      await service.metric(
        'hemoserve_review_reasons_total{model="judged",version="1.0.0",reason="poor_quality"}',
      ),
    ).toBe(before + 10);
    expect(
      await service.metric('hemoserve_decisions_total{model="judged",version="1.0.0",decision="review"}'),
    ).toBe(reviews + 10);
  });
});

describe('the settings', () => {
  it('move what is accepted', async () => {
    const other = await startService({
      modelsDir: registry.folder,
      models: ['judged'],
      leastProbability: 1,
      falseAlarmRate: 0.5,
      quality: 'off',
    });
    try {
      const response = await other.classify(await drawnFiles(60, seeded(99)));
      const body = (await response.json()) as { trust: object; results: Result[] };
      expect(body.trust).toMatchObject({ leastProbability: 1, falseAlarmRate: 0.5, missing: ['quality'] });
      expect(share(body.results, 'low_confidence')).toBe(1);
      expect(share(body.results, 'out_of_distribution')).toBeGreaterThan(0.3);
      expect(body.results[0]?.quality).toBeUndefined();
    } finally {
      await other.close();
    }
  });
});

describe('trust data that do not fit', () => {
  const { data } = trust;
  const refusals: [string, object, RegExp][] = [
    [
      'a class has no scores',
      { ...data, conformal: { method: 'LAC', scores: {} } },
      /no conformal scores of basophil/,
    ],
    [
      'quantiles fall',
      { ...data, measures: { ...data.measures, focus: [...data.measures.focus].reverse() } },
      /measures\.focus fall/,
    ],
    ['the grid is another', { ...data, grid: [0, 1] }, /quantiles, the grid 2/],
    [
      'an array has another shape',
      { ...data, novelty: { ...data.novelty, arrays: data.novelty?.arrays.slice(1) } },
      /trust\.bin: has \d+ bytes/,
    ],
    [
      'an array has another shape than its term needs',
      {
        ...data,
        novelty: {
          ...data.novelty,
          arrays: data.novelty?.arrays.map((array) =>
            array.name === 'mean' ? { ...array, shape: [3, 1] } : array,
          ),
        },
      },
      /array mean has the shape \(3, 1\), expected \(3\)/,
    ],
    ['a field is unknown', { ...data, more: 1 }, /Unrecognized key/],
  ];
  it.each(refusals)('refuse the version: %s', async (_what, wrong, message) => {
    const damaged = new GeneratedRegistry();
    await damaged.add('judged@1.0.0', { trust: { ...trust, data: wrong as typeof data } });
    try {
      const started = startService({ modelsDir: damaged.folder, models: ['judged'] });
      await expect(started).rejects.toThrow(message);
    } finally {
      damaged.dispose();
    }
  });
});

it('have a class for each of the model', () => {
  expect(Object.keys(trust.data.conformal.scores)).toEqual(CLASSES);
});
