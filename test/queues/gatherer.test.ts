import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Gatherer } from '../../src/queues/gatherer.js';

/** Groups in work, each with what ends it. */
function manual() {
  const groups: { inputs: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const work = (inputs: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      groups.push({ inputs, end: () => resolve(inputs.map((input) => 10 * input)), fail: reject });
    });
  return { groups, work };
}

describe('Gatherer', () => {
  it('hands on what comes in one turn together, and gives each its own output', async () => {
    const { groups, work } = manual();
    const gatherer = new Gatherer(work, 1);
    const outputs = Promise.all([1, 2, 3].map((input) => gatherer.run(input)));
    await turn();
    expect(groups.map(({ inputs }) => inputs)).toEqual([[1, 2, 3]]);
    groups[0]?.end();
    expect(await outputs).toEqual([10, 20, 30]);
  });

  it('has no more groups in work than it may; what comes meanwhile goes together', async () => {
    const { groups, work } = manual();
    const gatherer = new Gatherer(work, 2);
    const outputs: Promise<number>[] = [];
    for (const input of [1, 2, 3, 4]) {
      outputs.push(gatherer.run(input));
      await turn();
    }
    expect(groups.map(({ inputs }) => inputs)).toEqual([[1], [2]]);
    groups[1]?.end();
    await outputs[1];
    await turn();
    expect(groups.map(({ inputs }) => inputs)).toEqual([[1], [2], [3, 4]]);
    groups[0]?.end();
    groups[2]?.end();
    expect(await Promise.all(outputs)).toEqual([10, 20, 30, 40]);
  });

  it('fails each item of a group that fails, and goes on', async () => {
    const { groups, work } = manual();
    const gatherer = new Gatherer(work, 1);
    const lost = Promise.allSettled([gatherer.run(1), gatherer.run(2)]);
    await turn();
    const next = gatherer.run(3);
    groups[0]?.fail(new Error('gone'));
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    groups[1]?.end();
    expect(await next).toBe(30);
  });
});
