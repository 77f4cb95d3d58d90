import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPbc, pbc, splitCrops } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';

const CROPS = 400;
const CROPS_PER_REQUEST = 50;

describe.skipIf(!hasPbc)('real crops of the validation part', () => {
  let service: Service;
  beforeAll(async () => {
    // As a plain installation serves them.
    service = await startService({ precision: 'auto' });
  });
  afterAll(() => service.close());

  it(`${CROPS} of them through HTTP reach the manifest's accuracy`, { timeout: 300_000 }, async () => {
    const part = splitCrops('validation');
    const crops = Array.from({ length: CROPS }, (_, index) => {
      const crop = part[Math.floor((index * part.length) / CROPS)];
      if (!crop) throw new Error('the validation part is too small');
      return crop;
    });
    let correct = 0;
    for (let from = 0; from < CROPS; from += CROPS_PER_REQUEST) {
      const some = crops.slice(from, from + CROPS_PER_REQUEST);
      const files = some.map(
        ({ path }, index) => new File([new Uint8Array(readFileSync(join(pbc, path)))], `${index}.jpg`),
      );
      const response = await service.classify(files);
      const { results } = (await response.json()) as { results: { class: string }[] };
      correct += results.filter((result, index) => result.class === some[index]?.label).length;
    }
    const { value } = service.app.modelHost.classifier().model.manifest.metrics.accuracy;
    // Three standard errors of a sample of this size drawn from the whole part.
    const margin = 3 * Math.sqrt((value * (1 - value)) / CROPS);
    expect(correct / CROPS).toBeGreaterThan(value - margin);
    expect(correct / CROPS).toBeLessThanOrEqual(Math.min(1, value + margin));
  });
});
