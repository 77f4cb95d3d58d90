import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.js';
import type { NewMessage } from '../../src/store/operations/outbox.js';
import type { Store } from '../../src/store/store.js';
import { AT, slideOf } from '../support/slides.js';
import { describeStores } from '../support/stores.js';

const log = { error() {} };
const at = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000).toISOString();

describeStores('the outbox', (databases) => {
  let store: Store;
  /** Of another process on the same database. */
  let other: Store;
  beforeAll(async () => {
    const database = await databases.create();
    [store, other] = await Promise.all([openStore(database, log), openStore(database, log)]);
  });
  afterAll(() => Promise.all([store.close(), other.close()]));
  let destination: string;
  beforeEach(() => {
    destination = `to-${randomUUID().slice(0, 8)}`;
  });
  const message = (slideId: string, revision: number, rest: Partial<NewMessage> = {}): NewMessage => ({
    id: `${destination}.${slideId}.${revision}`,
    destination,
    slideId,
    revision,
    controlId: `${slideId}-${revision}`,
    contentType: 'text/plain',
    body: Buffer.from(`${slideId} ${revision}`).toString('base64'),
    ...rest,
  });
  const add = (messages: NewMessage[], seconds = 0) =>
    store.write(['addMessages', { messages, at: at(seconds) }]);
  const claim = async (seconds = 0, by = store, name: string = randomUUID()) => {
    const args = { destination, claim: name, at: at(seconds), until: at(seconds + 60) };
    const [claimed] = await by.write(['claimMessage', args]);
    return claimed && { ...claimed, claim: name };
  };
  const settle = async (
    claimed: { id: string; claim: string } | undefined,
    state: 'waiting' | 'delivered' | 'dead',
    seconds = 0,
    rest: { dueAt?: string; reason?: string } = {},
  ) => {
    const { id = '', claim: name = '' } = claimed ?? {};
    const [isOurs] = await store.write([
      'settleMessage',
      { id, claim: name, at: at(seconds), state, ...rest },
    ]);
    return isOurs;
  };
  const states = async () =>
    Object.fromEntries(
      (await store.read('countMessages', {}))
        .filter((count) => count.destination === destination)
        .map(({ state, count }) => [state, count]),
    );

  it('gives the oldest message, as it was written', async () => {
    await add([message('b', 1)], 1);
    await add([message('a', 1)], 2);
    expect(await claim(2)).toMatchObject({ ...message('b', 1), attempt: 1, queuedAt: at(1) });
    expect((await claim(2))?.slideId).toBe('a');
    expect(await claim(2)).toBeUndefined();
  });

  it('gives nothing of another destination', async () => {
    await add([message('a', 1, { destination: `${destination}-2` })]);
    expect(await claim()).toBeUndefined();
  });

  it('is written with the change that it tells of, or not at all', async () => {
    const slide = slideOf(`slide of ${destination}`);
    const create = ['createSlide', { description: slide, at: AT }] as const;
    const told = ['addMessages', { messages: [message('a', 1)], at: AT }] as const;
    const changed = ['createSlide', { description: { ...slide, orderNumber: '7' }, at: AT }] as const;
    await store.write(create);
    await expect(store.write(told, changed)).rejects.toMatchObject({ code: 'slide_exists' });
    expect(await claim()).toBeUndefined();
    await store.write(create, told);
    expect((await claim())?.slideId).toBe('a');
  });

  it('lets no later message of a slide overtake an earlier one, whatever becomes of that', async () => {
    await add([message('a', 2)], 0);
    await add([message('a', 1), message('b', 1)], 1);
    const first = await claim(1);
    expect(first).toMatchObject({ slideId: 'a', revision: 1 });
    expect((await claim(1))?.slideId).toBe('b');
    expect(await claim(1)).toBeUndefined();
    await settle(first, 'waiting', 1, { dueAt: at(10) });
    expect(await claim(2)).toBeUndefined();
    await settle(await claim(10), 'dead', 10, { reason: 'AE' });
    expect(await claim(11)).toBeUndefined();
    await store.write(['resendMessage', { id: message('a', 1).id, at: at(12) }]);
    const again = await claim(12);
    expect(again).toMatchObject({ revision: 1, attempt: 1, queuedAt: at(12) });
    await settle(again, 'delivered', 12);
    expect(await claim(12)).toMatchObject({ slideId: 'a', revision: 2 });
  });

  it('lets the next message of a slide go when a dead letter is given up', async () => {
    await add([message('a', 1), message('a', 2)]);
    await settle(await claim(), 'dead');
    const [entry] = await store.write(['discardMessage', { id: message('a', 1).id, at: AT }]);
    expect(entry.state).toBe('discarded');
    expect(await claim()).toMatchObject({ revision: 2 });
  });

  it('gives a message again when its claim has ended, and takes no word of that claim any more', async () => {
    await add([message('a', 1)]);
    const first = await claim(0);
    expect(await claim(59)).toBeUndefined();
    const second = await claim(60);
    expect(second).toMatchObject({
      id: first?.id,
      controlId: first?.controlId,
      body: first?.body,
      attempt: 2,
    });
    expect(await settle(first, 'delivered', 61)).toBe(false);
    expect(await states()).toEqual({ sending: 1 });
    expect(await settle(second, 'delivered', 62)).toBe(true);
    expect(await states()).toEqual({ delivered: 1 });
    expect(await settle(second, 'dead', 63)).toBe(false);
  });

  it('gives each message to one of two processes that ask at once', async () => {
    const messages = Array.from({ length: 40 }, (_, index) => message(`slide ${index % 10}`, index));
    await add(messages);
    const taken: string[] = [];
    const work = async (by: Store) => {
      // Of two, the one that finds nothing may meet messages that the other one still holds up.
      for (let idle = 0; idle < 20; ) {
        const claimed = await claim(0, by);
        if (!claimed) {
          idle += 1;
          continue;
        }
        idle = 0;
        taken.push(claimed.id);
        await by.write([
          'settleMessage',
          { id: claimed.id, claim: claimed.claim, at: AT, state: 'delivered' },
        ]);
      }
    };
    await Promise.all([work(store), work(store), work(other), work(other)]);
    expect(taken.toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
    for (let slide = 0; slide < 10; slide++) {
      const order = taken
        .filter((id) => id.includes(`.slide ${slide}.`))
        .map((id) => Number(id.split('.').at(-1)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it('lists dead letters with their reasons, without their content', async () => {
    await add([message('a', 1)]);
    await settle(await claim(), 'dead', 0, { reason: 'AE no such patient' });
    const entries = await store.read('deadLetters', { limit: 1000 });
    expect(entries.filter((entry) => entry.destination === destination)).toEqual([
      {
        id: message('a', 1).id,
        destination,
        slideId: 'a',
        revision: 1,
        controlId: 'a-1',
        state: 'dead',
        attempts: 1,
        createdAt: AT,
        reason: 'AE no such patient',
      },
    ]);
  });

  it('resends and discards dead letters alone', async () => {
    await add([message('a', 1)]);
    const { id } = message('a', 1);
    for (const change of ['resendMessage', 'discardMessage'] as const) {
      await expect(store.write([change, { id, at: AT }])).rejects.toMatchObject({ code: 'message_not_dead' });
      await expect(store.write([change, { id: 'none', at: AT }])).rejects.toMatchObject({
        code: 'unknown_message',
      });
    }
  });

  it('counts by state, with the oldest', async () => {
    await add([message('a', 1)], 5);
    await add([message('b', 1)], 3);
    const counts = await store.read('countMessages', {});
    expect(counts.filter((count) => count.destination === destination)).toEqual([
      { destination, state: 'waiting', count: 2, oldestAt: at(3) },
    ]);
  });

  it('deletes what was delivered or discarded long ago, and nothing else', async () => {
    await add([message('a', 1), message('b', 1), message('c', 1), message('d', 1)]);
    await settle(await claim(0), 'delivered', 0);
    await settle(await claim(0), 'dead', 0);
    await settle(await claim(0), 'delivered', 100);
    await store.write(['deleteMessagesBefore', { before: at(50) }]);
    expect(await states()).toEqual({ dead: 1, delivered: 1, waiting: 1 });
  });
});
