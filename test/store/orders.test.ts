import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderChanges } from '../../src/slides/order.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { AT, slideOf } from '../support/slides.js';
import { describeStores } from '../support/stores.js';

describeStores('orders', (databases) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await databases.create(), { error() {} });
  });
  afterAll(() => store.close());
  const change = (changes: Partial<OrderChanges>, at = AT) =>
    store.write(['changeOrders', { changes: { placed: [], cancelled: [], ...changes }, at }]);
  const later = '2026-01-03T00:00:00.000Z';
  const patient = { identifier: '4711', familyName: "O'Brien" };

  it('are found by their specimen: the last that came, or the one of a number', async () => {
    const first = { specimenNumber: 'S1', orderNumber: 'O1', patient };
    const second = { specimenNumber: 'S1', orderNumber: 'O2' };
    await change({ placed: [first] });
    await change({ placed: [second] }, later);
    expect(await store.read('findOrder', { specimenNumber: 'S1' })).toEqual(second);
    expect(await store.read('findOrder', { specimenNumber: 'S1', orderNumber: 'O1' })).toEqual(first);
    expect(await store.read('findOrder', { specimenNumber: 'S0' })).toBeUndefined();
    expect(await store.read('findOrders', { specimenNumber: 'S1' })).toEqual([second, first]);
    expect(await store.read('findOrders', { specimenNumber: 'S0' })).toEqual([]);
  });

  it('are replaced when they come again, and gone when they are cancelled', async () => {
    const order = { specimenNumber: 'S2', orderNumber: 'O1' };
    await change({ placed: [order] });
    await change({ placed: [{ ...order, patient }] });
    expect(await store.read('findOrder', { specimenNumber: 'S2' })).toEqual({ ...order, patient });
    await change({ cancelled: [order] });
    expect(await store.read('findOrder', { specimenNumber: 'S2' })).toBeUndefined();
  });

  it('fill in what the caller of a slide did not say, whichever comes first', async () => {
    const order = { specimenNumber: 'S3', orderNumber: 'O1', patient };
    const description = slideOf('a', { specimenNumber: 'S3' });
    await store.write(['createSlide', { description, at: AT }]);
    await change({ placed: [order] });
    const { slide } = await store.read('readSlide', { id: 'a' });
    expect(slide).toMatchObject({ orderNumber: 'O1', patient });
    // The same slide made again is still the same.
    await store.write(['createSlide', { description, at: later }]);
  });

  it('are deleted when they came long ago', async () => {
    await change({ placed: [{ specimenNumber: 'S4', orderNumber: 'O1' }] });
    await change({ placed: [{ specimenNumber: 'S5', orderNumber: 'O1' }] }, later);
    await store.write(['deleteOrdersBefore', { before: later }]);
    expect(await store.read('findOrder', { specimenNumber: 'S4' })).toBeUndefined();
    expect(await store.read('findOrder', { specimenNumber: 'S5' })).toBeDefined();
  });
});
