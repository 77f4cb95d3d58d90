import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../src/queues/fair-queue.js';
import { TIMED } from '../support/timed.js';

interface Item {
  name: string;
  cost?: number;
  reject: (reason: unknown) => void;
}

const refused: string[] = [];
const item = (name: string): Item => ({ name, reject: (reason) => refused.push(`${name}: ${reason}`) });

function drain(queue: FairQueue<Item>): string[] {
  const names: string[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) names.push(next.name);
  return names;
}

describe('FairQueue', () => {
  it('gives one item of each request in turn, each in its order', () => {
    const queue = new FairQueue<Item>();
    const [a, b] = [new AbortController().signal, new AbortController().signal];
    for (const name of ['a1', 'a2', 'a3']) queue.push(item(name), a);
    queue.push(item('b1'), b);
    queue.push(item('x1'));
    expect(queue.size).toBe(5);
    expect(queue.shift()?.name).toBe('a1');
    queue.push(item('b2'), b);
    expect(drain(queue)).toEqual(['b1', 'x1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
    queue.push(item('a4'), a);
    expect(drain(queue)).toEqual(['a4']);
  });

  it('rejects what an aborted request has in it, and only that', () => {
    refused.length = 0;
    const queue = new FairQueue<Item>();
    const controller = new AbortController();
    for (const name of ['a1', 'a2']) queue.push(item(name), controller.signal);
    queue.push(item('x1'));
    controller.abort('gone');
    expect(refused).toEqual(['a1: gone', 'a2: gone']);
    expect(queue.size).toBe(1);
    queue.push(item('a3'), controller.signal);
    expect(refused).toContain('a3: gone');
    expect(drain(queue)).toEqual(['x1']);
  });

  it('gives an item that costs more after as many turns of its request', () => {
    const queue = new FairQueue<Item>();
    const [a, b, c] = [
      new AbortController().signal,
      new AbortController().signal,
      new AbortController().signal,
    ];
    for (const name of ['A1', 'A2']) queue.push({ ...item(name), cost: 3 }, a);
    queue.push({ ...item('B1'), cost: 2 }, b);
    for (const name of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) queue.push(item(name), c);
    expect(drain(queue)).toEqual(['c1', 'B1', 'c2', 'A1', 'c3', 'c4', 'c5', 'A2', 'c6']);
  });

  it('gives others while the first item of a request may not go', () => {
    const queue = new FairQueue<Item>();
    const [a, b] = [new AbortController().signal, new AbortController().signal];
    for (const name of ['large', 'a2']) queue.push(item(name), a);
    for (const name of ['b1', 'b2']) queue.push(item(name), b);
    const small = ({ name }: Item) => name !== 'large';
    expect([queue.shift(small)?.name, queue.shift(small)?.name]).toEqual(['b1', 'b2']);
    expect(queue.shift(small)).toBeUndefined();
    expect(queue.size).toBe(2);
    expect(drain(queue)).toEqual(['large', 'a2']);
  });

  it('takes a time that grows with its items alone, not with their square', TIMED, () => {
    const fill = (count: number) => {
      const queue = new FairQueue<Item>();
      const signal = new AbortController().signal;
      const startMs = performance.now();
      for (let index = 0; index < count; index++) queue.push(item(''), signal);
      expect(drain(queue)).toHaveLength(count);
      return performance.now() - startMs;
    };
    fill(10_000);
    // Sixteen times the items; the square would be 256 times the time.
    expect(fill(320_000) / fill(20_000)).toBeLessThan(128);
  });
});
