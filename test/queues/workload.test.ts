import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Workload } from '../../src/queues/workload.js';

const request = () => new AbortController().signal;

describe('Workload', () => {
  let workload: Workload;
  beforeEach(() => {
    vi.useFakeTimers();
    workload = new Workload();
  });
  afterEach(() => vi.useRealTimers());

  /** Crops that take so long each, one after the other. */
  async function serve(crops: number, durationMs: number): Promise<void> {
    for (let index = 0; index < crops; index++) {
      const work = workload.run(() => new Promise((done) => setTimeout(done, durationMs)), request());
      await vi.advanceTimersByTimeAsync(durationMs);
      await work;
    }
  }

  /** Crops of a request that are in work until the end of the test. */
  function hold(crops: number, signal: AbortSignal): void {
    for (let index = 0; index < crops; index++) void workload.run(() => new Promise(() => {}), signal);
  }

  it('expects of a crop what those before it take, at the rate at which crops get done', async () => {
    await serve(100, 20);
    for (let index = 0; index < 9; index++) hold(1, request());
    expect(workload.expectedMs(request())).toBeCloseTo(200, -1);
  });

  it('counts one crop of each other request for each own one, as they take turns', async () => {
    await serve(100, 20);
    const own = request();
    hold(1000, request());
    hold(2, request());
    expect(workload.expectedMs(own)).toBeCloseTo(3 * 20, -1);
    hold(4, own);
    expect(workload.expectedMs(own)).toBeCloseTo((5 + 5 + 2) * 20, -1);
  });

  it('expects nothing where no other request has a crop, however slow the last ones were', async () => {
    await serve(3, 10_000);
    const own = request();
    expect(workload.expectedMs(own)).toBe(0);
    hold(50, own);
    expect(workload.expectedMs(own)).toBe(0);
    expect(workload.expectedMs(request())).toBeGreaterThan(10_000);
  });

  it('expects nothing before a crop was done', () => {
    hold(5, request());
    expect(workload.expectedMs(request())).toBe(0);
  });

  it('follows the rate as it changes, by the time in which there is work', async () => {
    await serve(100, 20);
    // An idle hour changes nothing.
    await vi.advanceTimersByTimeAsync(3_600_000);
    await serve(1, 20);
    hold(1, request());
    expect(workload.expectedMs(request())).toBeCloseTo(2 * 20, -1);
    await serve(400, 50);
    expect(workload.expectedMs(request())).toBeCloseTo(2 * 50, -1);
  });

  it('does not take crops that were dropped for crops that were done', async () => {
    await serve(100, 20);
    const leaving = new AbortController();
    const dropped = Array.from({ length: 500 }, () => {
      const gone = () =>
        new Promise((_, reject) => leaving.signal.addEventListener('abort', () => reject(new Error('gone'))));
      return workload.run(gone, leaving.signal).catch(() => {});
    });
    leaving.abort();
    await Promise.all(dropped);
    hold(1, request());
    expect(workload.expectedMs(request())).toBeCloseTo(2 * 20, -1);
  });
});
