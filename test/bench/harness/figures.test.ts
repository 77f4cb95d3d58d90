import { describe, expect, it } from 'vitest';
import { loadFigures, percentile } from '../../../bench/harness/figures.js';
import type { SentRequest } from '../../../bench/harness/load.js';
import { peer as hemoserve } from '../../../bench/peers/hemoserve/peer.js';

describe('figures of a load', () => {
  const reference = { classes: ['a', 'b'], probabilities: [[0.9, 0.1]], tolerance: 0.05 };
  const request = (probability: number, change: Partial<SentRequest> = {}): SentRequest => ({
    crop: 0,
    status: 200,
    startMs: 0,
    latencyMs: 100,
    retryAfter: false,
    body: Buffer.from(
      JSON.stringify({ results: [{ probabilities: { a: probability, b: 1 - probability } }] }),
    ),
    ...change,
  });
  const figures = (...sent: SentRequest[]) => loadFigures(sent, 2, hemoserve, reference);

  it('counts right answers within the time', () => {
    expect(figures(request(0.9), request(0.91), request(0.9, { startMs: 1950 }))).toMatchObject({
      cropsPerSecond: 1,
      answered: 3,
      wrong: 0,
      p50Ms: 100,
    });
  });

  it('does not count answers of another class or other probabilities', () => {
    expect(figures(request(0.2), request(0.8))).toMatchObject({ cropsPerSecond: 0, answered: 2, wrong: 2 });
  });

  it('tells refusals from failures', () => {
    expect(figures(request(0.9, { status: 503 }), request(0.9, { status: 0 }))).toMatchObject({
      answered: 0,
      refused: 1,
      failed: 1,
    });
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([50, 95, 99, 100].map((percent) => percentile(values, percent))).toEqual([100, 190, 198, 200]);
    expect(percentile([], 50)).toBeNaN();
  });
});
