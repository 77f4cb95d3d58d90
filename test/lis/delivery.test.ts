import { describe, expect, it } from 'vitest';
import { backOffMs, type Outcome, settle } from '../../src/lis/delivery.js';

const policy = { firstWaitMs: 1000, maxWaitMs: 60_000, giveUpAfterMs: 3_600_000 };
const settled = (outcome: Outcome, attempt = 1, ageMs = 0) =>
  settle(outcome, { attempt, ageMs, policy, random: 0 });

describe('what a message becomes after an attempt', () => {
  it('is delivered when the receiver has it', () => {
    expect(settled({ kind: 'accepted' }, 9, 1e12)).toEqual({ state: 'delivered' });
  });

  it('is a dead letter at once when the receiver says that it is wrong', () => {
    expect(settled({ kind: 'refused', reason: 'AE' })).toEqual({ state: 'dead', reason: 'AE' });
  });

  it.each(['rejected', 'failed'] as const)('waits when the attempt %s, longer each time', (kind) => {
    const waits = [1, 2, 3, 20, 1000].map((attempt) => settled({ kind, reason: 'AR' }, attempt));
    expect(waits).toEqual(
      [500, 1000, 2000, 30_000, 30_000].map((waitMs) => ({ state: 'waiting', waitMs, reason: 'AR' })),
    );
  });

  it('waits as long as the receiver asks, within the longest wait', () => {
    const wait = (retryAfterMs: number) => settled({ kind: 'failed', reason: '503', retryAfterMs });
    expect(wait(5000)).toMatchObject({ waitMs: 5000 });
    expect(wait(100)).toMatchObject({ waitMs: 500 });
    expect(wait(1e9)).toMatchObject({ waitMs: 60_000 });
  });

  it('is given up when it is too old for a further attempt', () => {
    expect(settled({ kind: 'rejected', reason: 'AR' }, 3, 3_597_000)).toMatchObject({ state: 'waiting' });
    expect(settled({ kind: 'rejected', reason: 'AR' }, 3, 3_599_000)).toEqual({
      state: 'dead',
      reason: 'given up: AR',
    });
  });
});

describe('back-off', () => {
  it('is half random', () => {
    expect(backOffMs(1, policy, 0)).toBe(500);
    expect(backOffMs(1, policy, 0.5)).toBe(750);
    expect(backOffMs(1, policy, 0.999999)).toBe(1000);
    expect(backOffMs(7, policy, 0.999999)).toBe(60_000);
  });
});
