import { afterAll, beforeAll, expect, it } from 'vitest';
import { cells } from '../../support/fixtures.js';
import { type SlideService, startSlideService } from '../../support/slide-service.js';

let service: SlideService;
beforeAll(async () => {
  service = await startSlideService();
});
afterAll(() => service.close());

const by = { name: 'Ada Lovelace', identifier: '12' };
const other = { name: 'Max' };

async function slideWithCrops(id: string): Promise<string[]> {
  await service.post('/v1/slides', { id, specimenNumber: 'S-1' });
  const { json } = await service.crops(id, cells());
  await service.post(`/v1/slides/${id}/complete`);
  return json.results.map(({ crop }: { crop: string }) => crop);
}
const change = (id: string, after: number, changes: object[], who: object = by) =>
  service.post(`/v1/slides/${id}/review`, { by: who, after, changes });

it('counts what a person says before the slide is verified, and keeps each step', async () => {
  const [a, b] = await slideWithCrops('counts');
  const first = await change('counts', 0, [
    { crop: a, class: 'basophil' },
    { crop: b, class: 'artefact' },
  ]);
  expect(first.status).toBe(200);
  expect(first.json).toMatchObject({ slide: 'counts', revision: 2, claim: { by } });
  expect(first.json.corrections).toEqual([
    { crop: a, class: 'basophil' },
    { crop: b, class: 'artefact' },
  ]);
  expect(first.json.differential).toMatchObject({ status: 'preliminary', notCountedCount: 1 });
  const undone = await change('counts', 2, [{ crop: b }]);
  expect(undone.json.differential.notCountedCount).toBe(0);
  expect(undone.json.corrections).toEqual([{ crop: a, class: 'basophil' }]);
  expect(undone.json.changes).toHaveLength(3);
  expect(undone.json.changes[2]).toMatchObject({ number: 3, crop: b, from: 'artefact', by });
  expect((await service.get('/v1/slides/counts/review')).json).toEqual(undone.json);
});

it('takes the steps into a verification, and begins anew after it', async () => {
  const [a] = await slideWithCrops('begins');
  const { json } = await change('begins', 0, [{ crop: a, class: 'basophil' }]);
  const { corrections, revision } = json;
  const verified = await service.post('/v1/slides/begins/verify', { by, revision, corrections });
  expect(verified.json).toMatchObject({ status: 'verified', verifications: [{ corrections }] });
  const { json: labels } = await service.get('/v1/labels');
  expect(labels.classes).toContainEqual({ class: 'basophil', count: 1, corrected: 1 });
  const { json: after } = await service.get('/v1/slides/begins/review');
  expect([after.corrections, after.changes.length, after.claim]).toEqual([[], 1, undefined]);
});

it('keeps another person off, and says who it is', async () => {
  const [a] = await slideWithCrops('claimed');
  expect((await service.post('/v1/slides/claimed/claim', { by })).json).toMatchObject({ by });
  for (const answer of [
    await change('claimed', 0, [{ crop: a, class: 'basophil' }], other),
    await service.post('/v1/slides/claimed/claim', { by: other }),
    await service.post('/v1/slides/claimed/release', { by: other }),
    await service.post('/v1/slides/claimed/verify', { by: other }),
  ]) {
    expect([answer.status, answer.json.code]).toEqual([409, 'slide_claimed']);
    expect(answer.json.detail).toContain('Ada Lovelace');
  }
  const { json } = await service.get('/v1/slides?search=LAIME');
  expect(json.slides).toMatchObject([{ id: 'claimed', claim: { by } }]);
  expect((await service.post('/v1/slides/claimed/claim', { by: other, takeOver: true })).status).toBe(200);
  expect((await service.post('/v1/slides/claimed/release', { by: other })).status).toBe(204);
  expect((await service.get('/v1/slides?search=claimed')).json.slides[0].claim).toBeUndefined();
});

it.each([
  ['a step after others that were not seen', 7, {}, [409, 'review_changed']],
  ['a class that is none', 0, { class: 'blast' }, [422, 'unknown_class']],
  ['a crop of another slide', 0, { crop: 'f'.repeat(64) }, [422, 'unknown_crop']],
])('refuses %s', async (_what, after, rest, expected) => {
  const [crop] = await slideWithCrops('refused');
  const { status, json } = await change('refused', after, [{ crop, class: 'basophil', ...rest }]);
  expect([status, json.code]).toEqual(expected);
});

it('waits for a slide to be complete', async () => {
  await service.post('/v1/slides', { id: 'open', specimenNumber: 'S-1' });
  const { json } = await service.crops('open', cells());
  const refused = await change('open', 0, [{ crop: json.results[0].crop, class: 'basophil' }]);
  expect(refused.json.code).toBe('slide_open');
});

it('tells what a page for reviewers must know', async () => {
  const { json } = await service.get('/v1/workbench');
  expect(json.classes).toContainEqual({ class: 'artefact', role: 'not_counted', display: 'Artefact' });
  expect(json).toMatchObject({ imagesKept: false, maxSlideCrops: 1000 });
});
