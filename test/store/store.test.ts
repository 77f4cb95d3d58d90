import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Verification } from '../../src/slides/verification.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { AT, cropOf, slideOf } from '../support/slides.js';
import { describeStores } from '../support/stores.js';

const log = { error() {} };
const MAX = 100;
const verification = (revision: number): Verification => ({
  by: { name: 'Ada Lovelace' },
  at: AT,
  corrections: [],
  revision,
});

describeStores('the store', (databases) => {
  let database: string;
  let store: Store;
  /** Of another process on the same database. */
  let other: Store;
  // One for all tests, each with slides of its own, since to open one takes a while.
  beforeAll(async () => {
    database = await databases.create();
    [store, other] = await Promise.all([openStore(database, log), openStore(database, log)]);
  });
  afterAll(() => Promise.all([store.close(), other.close()]));
  let count = 0;
  let a: string;
  let b: string;
  let c: string;
  beforeEach(() => {
    count += 1;
    [a, b, c] = [`a${count}`, `b${count}`, `c${count}`];
  });
  const make = (id: string) => store.write(['createSlide', { description: slideOf(id), at: AT }]);
  const add = (slideId: string, contents: string[], by = store) =>
    by.write(['addCrops', { slideId, crops: contents.map((name) => cropOf(name)), at: AT, maxCrops: MAX }]);

  it('keeps a slide with all that it was told', async () => {
    const description = slideOf(a, {
      source: 'analyzer',
      patient: { identifier: 'p|1', familyName: 'Müller\r\n', givenName: '^~\\&' },
      whiteBloodCells: { value: 7.1, withoutErythroblasts: false },
    });
    const [made] = await store.write(['createSlide', { description, at: AT }]);
    expect(made).toEqual({ ...description, status: 'open', revision: 1, createdAt: AT, cropCount: 0 });
    expect(await store.read('getSlide', { id: a })).toEqual(made);
  });

  it('makes the same slide twice, and no other one with its id', async () => {
    const [first] = await make(a);
    const later = '2027-01-01T00:00:00.000Z';
    const [again] = await store.write(['createSlide', { description: slideOf(a), at: later }]);
    expect(again).toEqual(first);
    const other = slideOf(a, { orderNumber: '7' });
    await expect(store.write(['createSlide', { description: other, at: AT }])).rejects.toMatchObject({
      code: 'slide_exists',
    });
  });

  it('numbers crops in their order and keeps each once', async () => {
    await make(a);
    const [first] = await add(a, ['one', 'two', 'one']);
    expect(first.map(({ number }) => number)).toEqual([1, 2, 1]);
    const [second] = await add(a, ['two', 'three']);
    expect(second.map(({ number }) => number)).toEqual([2, 3]);
    const { slide, crops } = await store.read('readSlide', { id: a });
    expect(slide.cropCount).toBe(3);
    expect(crops).toEqual(
      ['one', 'two', 'three'].map((name, index) => ({ ...cropOf(name), number: index + 1, receivedAt: AT })),
    );
  });

  it('gives a crop that came before its first result', async () => {
    await make(a);
    await add(a, ['one']);
    const crops = [cropOf('one', 'monocyte')];
    const [[again]] = await store.write(['addCrops', { slideId: a, crops, at: AT, maxCrops: MAX }]);
    expect(again?.result.class).toBe('neutrophil');
    expect(await store.read('findCrop', { slideId: a, sha256: cropOf('one').sha256 })).toEqual(again);
    expect(await store.read('findCrop', { slideId: a, sha256: cropOf('two').sha256 })).toBeUndefined();
  });

  it('counts each crop once that two processes add at once', async () => {
    await make(a);
    const names = Array.from({ length: 20 }, (_, index) => `${index}`);
    const added = await Promise.all(names.flatMap((name) => [add(a, [name]), add(a, [name], other)]));
    const { slide, crops } = await store.read('readSlide', { id: a });
    expect(slide.cropCount).toBe(20);
    expect(crops.map(({ number }) => number)).toEqual(names.map((_, index) => index + 1));
    const numbers = added.map(([[crop]]) => crop?.number);
    expect(numbers.filter((_, index) => index % 2 === 0)).toEqual(
      numbers.filter((_, index) => index % 2 === 1),
    );
  });

  it('counts crops by class and decision', async () => {
    await make(a);
    const crops = [
      cropOf('1'),
      cropOf('2'),
      cropOf('3', 'ig', { decision: 'accepted' }),
      cropOf('4', 'ig', { decision: 'review', reasons: ['low_confidence'] }),
    ];
    await store.write(['addCrops', { slideId: a, crops, at: AT, maxCrops: MAX }]);
    const counts = await store.read('countCrops', { slideId: a });
    expect(new Set(counts)).toEqual(
      new Set([
        { class: 'neutrophil', decision: null, count: 2 },
        { class: 'ig', decision: 'accepted', count: 1 },
        { class: 'ig', decision: 'review', count: 1 },
      ]),
    );
  });

  it('takes no new crop into a complete slide, and gives the old ones again', async () => {
    await make(a);
    await add(a, ['one']);
    const [complete] = await store.write(['completeSlide', { id: a, at: AT }]);
    expect(complete).toMatchObject({ status: 'complete', revision: 2, completedAt: AT });
    expect(await store.write(['completeSlide', { id: a, at: '2027-01-01T00:00:00.000Z' }])).toEqual([
      complete,
    ]);
    await expect(add(a, ['one', 'two'])).rejects.toMatchObject({ code: 'slide_complete' });
    const [again] = await add(a, ['one']);
    expect(again).toHaveLength(1);
    expect((await store.read('getSlide', { id: a })).cropCount).toBe(1);
  });

  it('bounds the crops of a slide', async () => {
    await make(a);
    const crops = [cropOf('1'), cropOf('2'), cropOf('3')];
    await expect(store.write(['addCrops', { slideId: a, crops, at: AT, maxCrops: 2 }])).rejects.toMatchObject(
      { code: 'too_many_crops' },
    );
    expect((await store.read('getSlide', { id: a })).cropCount).toBe(0);
  });

  it('knows no slide that was not made', async () => {
    const code = 'unknown_slide';
    await expect(add(b, ['one'])).rejects.toMatchObject({ code });
    for (const name of ['getSlide', 'readSlide'] as const) {
      await expect(store.read(name, { id: b })).rejects.toMatchObject({ code });
    }
    await expect(store.write(['completeSlide', { id: b, at: AT }])).rejects.toMatchObject({ code });
  });

  it('adds a verification to the revision that was looked at, and to no other one', async () => {
    await make(a);
    const verify = (revision: number, status: 'verified' | 'corrected' = 'verified') =>
      store.write(['verifySlide', { id: a, verification: verification(revision), status }]);
    await expect(verify(2)).rejects.toMatchObject({ code: 'slide_changed' });
    await store.write(['completeSlide', { id: a, at: AT }]);
    await expect(verify(2)).rejects.toMatchObject({ code: 'slide_changed' });
    const [verified] = await verify(3);
    expect(verified).toMatchObject({ status: 'verified', revision: 3 });
    await verify(4, 'corrected');
    const both = await Promise.allSettled([verify(5, 'corrected'), verify(5, 'corrected')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const { slide, verifications } = await store.read('readSlide', { id: a });
    expect(slide).toMatchObject({ status: 'corrected', revision: 5 });
    expect(verifications).toEqual([3, 4, 5].map(verification));
  });

  it('changes nothing when one operation of a transaction is refused', async () => {
    await make(a);
    await expect(
      store.write(
        ['addCrops', { slideId: a, crops: [cropOf('one')], at: AT, maxCrops: MAX }],
        ['verifySlide', { id: a, verification: verification(9), status: 'verified' }],
      ),
    ).rejects.toMatchObject({ code: 'slide_changed' });
    expect((await store.read('readSlide', { id: a })).crops).toEqual([]);
  });

  it('one refused transaction leaves those that came with it alone', async () => {
    const made = await Promise.allSettled([
      make(a),
      add('unknown', ['one']),
      make(b),
      store.write(['createSlide', { description: slideOf(a, { orderNumber: '7' }), at: AT }]),
      make(c),
    ]);
    expect(made.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(3);
    const read = await Promise.all([a, b, c].map((id) => store.read('getSlide', { id })));
    expect(read.map(({ id }) => id)).toEqual([a, b, c]);
  });

  it('lists slides page by page, the newest first, and by what they are', async () => {
    const ids = ['1', '2', '3', '4', '5'].map((number) => `list${number}`);
    for (const [index, id] of ids.entries()) {
      const description = slideOf(id, { source: index % 2 ? 'odd' : 'even' });
      // The newest of all, and the last two at the same time.
      const at = `2027-01-0${Math.min(index, 3) + 1}T00:00:00.000Z`;
      await store.write(['createSlide', { description, at }]);
    }
    await store.write(['completeSlide', { id: 'list2', at: AT }]);
    const listed = async (args: object) =>
      (await store.read('listSlides', { limit: 5, ...args })).map(({ id }) => id);
    expect(await listed({})).toEqual(ids.toReversed());
    expect(await listed({ limit: 2 })).toEqual(['list5', 'list4']);
    const after = await store.read('getSlide', { id: 'list4' });
    expect(await listed({ limit: 2, after })).toEqual(['list3', 'list2']);
    expect(await listed({ source: 'odd' })).toEqual(['list4', 'list2']);
    expect(await listed({ source: 'odd', status: 'complete' })).toEqual(['list2']);
    expect(await listed({ specimenNumber: 'specimen of list3' })).toEqual(['list3']);
  });

  it('keeps the first answer of a key', async () => {
    await make(a);
    const key = { slideId: a, idempotencyKey: 'k' };
    expect(await store.read('findAnswer', key)).toBeUndefined();
    const first = { fingerprint: 'f', answer: '{"one":1}' };
    await store.write(['keepAnswer', { ...key, ...first }]);
    const [kept] = await store.write(['keepAnswer', { ...key, fingerprint: 'g', answer: '{}' }]);
    expect(kept).toEqual(first);
  });

  it('deletes slides that nothing changed for long, with all that belongs to them', async () => {
    const early = '2020-01-01T00:00:00.000Z';
    const before = '2020-06-01T00:00:00.000Z';
    const answer = { slideId: a, idempotencyKey: 'k', fingerprint: 'f', answer: '{}' };
    for (const id of [a, b]) {
      await store.write(
        ['createSlide', { description: slideOf(id), at: early }],
        ['addCrops', { slideId: id, crops: [cropOf('one')], at: early, maxCrops: MAX }],
      );
    }
    await store.write(['keepAnswer', answer], ['completeSlide', { id: b, at: AT }]);
    expect(await store.read('slidesBefore', { before, limit: 10 })).toEqual([a]);
    expect(await store.write(['deleteSlidesBefore', { ids: [a, b], before }])).toEqual([[a]]);
    await expect(store.read('readSlide', { id: a })).rejects.toMatchObject({ code: 'unknown_slide' });
    expect(await store.read('findAnswer', answer)).toBeUndefined();
    await make(a);
    expect((await store.read('readSlide', { id: a })).crops).toEqual([]);
    expect((await store.read('readSlide', { id: b })).crops).toHaveLength(1);
  });

  it('has everything again when it is opened anew, and answers nothing once it is closed', async () => {
    await make(a);
    await add(a, ['one']);
    await store.close();
    await expect(store.read('getSlide', { id: a })).rejects.toMatchObject({ code: 'store_unavailable' });
    store = await openStore(database, log);
    expect((await store.read('readSlide', { id: a })).crops).toHaveLength(1);
  });
});
