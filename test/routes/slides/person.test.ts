import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../../src/auth/keys-file.js';
import { cells } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-person-'));
const keysFile = join(folder, 'keys.json');
let service: SlideService;
const bearer = {} as Record<'Ada' | 'Max', { authorization: string }>;
beforeAll(async () => {
  for (const name of ['Ada', 'Max'] as const) {
    const key = await addKey(keysFile, { name, scopes: ['classify', 'read', 'verify'] });
    bearer[name] = { authorization: `Bearer ${key}` };
  }
  service = await startSlideService({ keysFile });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

describe('where keys tell who calls', () => {
  it('each step of a review and its verification are of the key, whatever the body says', async () => {
    await service.post('/v1/slides', { id: 's', specimenNumber: 'S-1' }, bearer.Ada);
    const { json } = await service.crops('s', cells(), bearer.Ada);
    await service.post('/v1/slides/s/complete', undefined, bearer.Ada);
    const changes = [{ crop: json.results[0].crop, class: 'basophil' }];
    const as = (by?: object) => ({ ...(by && { by }), after: 0, changes });
    const step = await service.post('/v1/slides/s/review', as({ name: 'Max', identifier: '7' }), bearer.Ada);
    expect(step.json).toMatchObject({ changes: [{ by: { name: 'Ada' } }], claim: { by: { name: 'Ada' } } });
    // So nobody gets on as another one.
    const stolen = { by: { name: 'Ada' }, corrections: changes };
    expect((await service.post('/v1/slides/s/verify', stolen, bearer.Max)).json.code).toBe('slide_claimed');
    expect((await service.post('/v1/slides/s/release', { by: { name: 'Ada' } }, bearer.Max)).status).toBe(
      409,
    );
    const verified = await service.post('/v1/slides/s/verify', { corrections: changes }, bearer.Ada);
    expect(verified.json.verifications).toMatchObject([{ by: { name: 'Ada' } }]);
    const claimed = await service.post('/v1/slides/s/claim', {}, bearer.Max);
    expect(claimed.json.by).toEqual({ name: 'Max' });
  });

  it('a page for reviewers is told who it is', async () => {
    expect((await service.get('/v1/workbench', bearer.Max)).json.person).toEqual({ name: 'Max' });
  });
});

describe('where nobody is asked for a key', () => {
  it('a step without a name is verifier_missing, and no page is told a name', async () => {
    const open = await startSlideService();
    try {
      await open.post('/v1/slides', { id: 's', specimenNumber: 'S-1' });
      const { json } = await open.crops('s', cells());
      await open.post('/v1/slides/s/complete');
      const changes = [{ crop: json.results[0].crop, class: 'basophil' }];
      for (const [path, body] of [
        ['review', { after: 0, changes }],
        ['claim', { by: { name: ' ' } }],
        ['release', {}],
        ['verify', { corrections: changes }],
      ] as const) {
        const { status, json: problem } = await open.post(`/v1/slides/s/${path}`, body);
        expect([path, status, problem.code]).toEqual([path, 422, 'verifier_missing']);
      }
      expect((await open.get('/v1/workbench')).json).not.toHaveProperty('person');
    } finally {
      await open.close();
    }
  });
});
