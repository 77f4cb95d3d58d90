import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLASSES, cells } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { fitTrust } from '../../support/generated-trust.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

let registry: GeneratedRegistry;
let service: SlideService;
beforeAll(async () => {
  registry = new GeneratedRegistry();
  await registry.add('judged@1.0.0', { trust: fitTrust() });
  service = await startSlideService({ modelsDir: registry.folder, models: ['judged'] });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

it("counts a slide's crops for its analyzer, and says how that stands", async () => {
  await service.post('/v1/slides', { id: 'slide', specimenNumber: 'S-1', source: 'scope' });
  const { json } = await service.crops('slide', cells());
  expect(json.source).toEqual({ name: 'scope', state: 'collecting', shifted: [] });
  const { sources } = (await service.get('/v1/sources')).json;
  expect(sources).toEqual([expect.objectContaining({ name: 'scope', seen: CLASSES.length })]);
});
