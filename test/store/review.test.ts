import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../src/slides/verification.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { AT, cropOf, slideOf } from '../support/slides.js';
import { describeStores } from '../support/stores.js';

const ada = { name: 'Ada Lovelace', identifier: '12' };
const max = { name: 'Max' };
const UNTIL = '2026-01-02T04:00:00.000Z';
const LATER = '2026-01-02T05:00:00.000Z';

describeStores('reviews', (databases) => {
  let store: Store;
  /** Of another process on the same database. */
  let other: Store;
  beforeAll(async () => {
    const database = await databases.create();
    const log = { error() {} };
    [store, other] = await Promise.all([openStore(database, log), openStore(database, log)]);
  });
  afterAll(() => Promise.all([store.close(), other.close()]));

  const make = async (id: string, contents = ['x', 'y']) => {
    const crops = contents.map((name) => cropOf(name));
    await store.write(
      ['createSlide', { description: slideOf(id), at: AT }],
      ['addCrops', { slideId: id, crops, at: AT, maxCrops: 10 }],
      ['completeSlide', { id, at: AT }],
    );
    return crops.map(({ sha256 }) => sha256);
  };
  const change = (
    id: string,
    after: number,
    crop: string | undefined,
    name: string | undefined,
    by: Person = ada,
  ) =>
    [
      'addReviewChanges',
      { id, by, after, changes: [{ crop: crop ?? '', class: name }], at: AT, until: UNTIL },
    ] as const;

  it('keeps each step with who, when, from and to, also when it is taken back', async () => {
    const [x] = await make('steps');
    const [{ content }] = await store.write(change('steps', 0, x, 'basophil'));
    await store.write(change('steps', 1, x, undefined));
    const { changes } = await store.read('readReview', { id: 'steps' });
    const kept = { crop: x, by: ada, at: AT, revision: content.slide.revision };
    const from = content.crops[0]?.result.class;
    expect(changes).toEqual([
      { ...kept, number: 1, from, to: 'basophil' },
      { ...kept, number: 2, from: 'basophil' },
    ]);
  });

  it('does not put off the end of a slide that is only claimed and given back', async () => {
    await make('kept');
    const DAY_LATER = '2026-01-03T05:00:00.000Z';
    const old = async () =>
      (await store.read('slidesBefore', { before: DAY_LATER, limit: 100 })).includes('kept');
    expect(await old()).toBe(true);
    const claim = { id: 'kept', by: ada, at: DAY_LATER, until: '2026-01-03T06:00:00.000Z', takeOver: false };
    await store.write(['claimSlide', claim]);
    expect(await old()).toBe(true);
    await store.write(['releaseSlide', { id: 'kept', by: ada, at: DAY_LATER }]);
    expect(await old()).toBe(true);
    const [x] = (await store.read('readSlide', { id: 'kept' })).crops;
    const changes = [{ crop: x?.sha256 ?? '', class: 'basophil' }];
    await store.write(['addReviewChanges', { ...claim, after: 0, changes }]);
    expect(await old()).toBe(false);
  });

  it('lets one of two go on that have seen the same', async () => {
    const [x, y] = await make('two');
    const both = await Promise.allSettled([
      store.write(change('two', 0, x, 'basophil')),
      other.write(change('two', 0, y, 'monocyte')),
    ]);
    const failed = both.flatMap((one) => (one.status === 'rejected' ? one.reason.code : []));
    expect(failed).toEqual(['review_changed']);
    expect((await store.read('reviewState', { id: 'two' })).changeCount).toBe(1);
  });

  it("keeps others off a person's slide until the claim ends", async () => {
    const [x] = await make('mine');
    await store.write(['claimSlide', { id: 'mine', by: ada, at: AT, until: UNTIL, takeOver: false }]);
    const verification = { by: max, at: AT, corrections: [], revision: 3 };
    await expect(other.write(change('mine', 0, x, 'basophil', max))).rejects.toThrow(/Ada Lovelace/);
    await expect(
      other.write(['verifySlide', { id: 'mine', verification, status: 'verified' }]),
    ).rejects.toMatchObject({ code: 'slide_claimed' });
    await other.write(['claimSlide', { id: 'mine', by: max, at: LATER, until: LATER, takeOver: false }]);
    expect((await store.read('reviewState', { id: 'mine' })).claim).toEqual({ by: max, until: LATER });
  });

  it('lets a person take a slide over, give it back, and end with a verification', async () => {
    await make('taken');
    const claim = (by: typeof max, takeOver: boolean) =>
      store.write(['claimSlide', { id: 'taken', by, at: AT, until: UNTIL, takeOver }]);
    await claim(ada, false);
    await expect(claim(max, false)).rejects.toMatchObject({ code: 'slide_claimed' });
    await claim(max, true);
    await store.write(['releaseSlide', { id: 'taken', by: max, at: AT }]);
    await claim(ada, false);
    const verification = { by: ada, at: AT, corrections: [], revision: 3 };
    await store.write(['verifySlide', { id: 'taken', verification, status: 'verified' }]);
    expect(await store.read('reviewState', { id: 'taken' })).toEqual({ changeCount: 0 });
  });

  it('refuses what is no crop of the slide, and adds nothing then', async () => {
    const [x = ''] = await make('unknown');
    const changes = [x, 'f'.repeat(64)].map((crop) => ({ crop, class: 'basophil' }));
    await expect(
      store.write(['addReviewChanges', { id: 'unknown', by: ada, after: 0, changes, at: AT, until: UNTIL }]),
    ).rejects.toMatchObject({ code: 'unknown_crop' });
    expect(await store.read('reviewState', { id: 'unknown' })).toEqual({ changeCount: 0 });
  });

  it('finds slides by a part of what they are called', async () => {
    await make('100%_Sure');
    const found = async (search: string) =>
      (await store.read('listSlides', { search, limit: 10 })).map(({ id }) => id);
    expect(await found('%_sUR')).toEqual(['100%_Sure']);
    expect(await found('ten')).toEqual([]);
  });
});
