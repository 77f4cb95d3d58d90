import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerWatch } from '../../src/engines/answer-watch.js';

describe('AnswerWatch', () => {
  let overdue: number;
  let watch: AnswerWatch;
  beforeEach(() => {
    vi.useFakeTimers();
    overdue = 0;
    watch = new AnswerWatch({ info: () => {}, warn: () => {} }, () => {
      overdue += 1;
    });
  });
  afterEach(() => vi.useRealTimers());

  const answered = (ms: number) => new Promise<string>((done) => setTimeout(() => done('answer'), ms));
  /** A batch that is never answered. */
  function hang(count: number): void {
    void watch.watch(count, new Promise(() => {}));
  }
  async function answer(count: number, ms: number): Promise<void> {
    const run = watch.watch(count, answered(ms));
    await vi.advanceTimersByTimeAsync(ms);
    expect(await run).toBe('answer');
  }

  it('waits ten times what the last batches took for each crop, for all crops that the engine has', async () => {
    await answer(4, 4_000);
    hang(2);
    hang(1);
    await vi.advanceTimersByTimeAsync(19_999);
    expect(overdue).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(overdue).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(overdue).toBe(2);
  });

  it('gives every batch 3 s, and the first one all its time', async () => {
    await answer(1, 60_000);
    for (let index = 0; index < 8; index++) await answer(1, 10);
    hang(1);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(overdue).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(overdue).toBe(1);
  });

  it('says that the engine does not answer until it does', async () => {
    await answer(1, 10);
    const late = watch.watch(1, answered(5_000));
    watch.ensureAnswers();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(() => watch.ensureAnswers()).toThrow(expect.objectContaining({ code: 'engine_unavailable' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBe('answer');
    watch.ensureAnswers();
  });

  it('is done with a run that fails', async () => {
    await answer(1, 10);
    await expect(watch.watch(1, Promise.reject(new Error('out of memory')))).rejects.toThrow('out of memory');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(overdue).toBe(0);
    watch.ensureAnswers();
  });
});
