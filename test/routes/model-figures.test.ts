import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

let registry: GeneratedRegistry;
let service: Service;
const evaluation = JSON.parse(readFileSync(join(root, 'models/inceptionv3/2.0.0/evaluation.json'), 'utf8'));

beforeAll(async () => {
  registry = new GeneratedRegistry();
  await registry.add('plain@1.0.0');
  await registry.add('plain@1.1.0');
  // As `npm run evaluate` writes it: with the names of crops, which are nobody's business.
  const whole = {
    ...evaluation,
    mistakes: [{ path: 'patient-7/x.png' }],
    failures: [{ path: 'patient-8/y.png' }],
  };
  writeFileSync(join(registry.folder, 'plain/1.1.0/evaluation.json'), JSON.stringify(whole));
  service = await startService({ modelsDir: registry.folder, models: ['plain'] });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

it("gives a version's evaluation without the names of crops", async () => {
  const text = await (await service.request('/v1/models/plain/versions/1.1.0/figures')).text();
  expect(JSON.parse(text)).toEqual({ evaluation });
  expect(text).not.toContain('patient');
});

it('says nothing of a version that was neither evaluated nor adapted', async () => {
  const response = await service.request('/v1/models/plain/versions/1.0.0/figures');
  expect([response.status, await response.json()]).toEqual([200, {}]);
});

it('has no crops of a version without a replay set', async () => {
  const response = await service.request('/v1/models/plain/versions/1.0.0/examples/neutrophil/1');
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    404,
    'unknown_image',
  ]);
});
