import { describe, expect, it } from 'vitest';
import { type Criterion, criteria, passes } from '../../../bench/report/criteria.js';
import type { ContenderResult, Results } from '../../../bench/report/results.js';

describe('criteria', () => {
  const load = { p50Ms: 10, p95Ms: 20, p99Ms: 30, answered: 1, refused: 0, failed: 0, wrong: 0 };
  const rest = { largestDifference: 0, cpuSecondsPer1000: 1, memoryMiB: 1 };
  const service = (name: string, cropsPerSecond: number, p99Ms: number): ContenderResult => ({
    name,
    title: name,
    settings: '',
    readySeconds: 1,
    engine: 'onnxruntime',
    loads: [1, 32].map((clients) => ({ ...load, ...rest, clients, cropsPerSecond, p99Ms })),
  });
  const pace = (cropsPerSecond: number) => ({ how: '', cropsPerSecond, cpuSecondsPer1000: 1 });
  const results = (...contenders: ContenderResult[]) =>
    ({
      maxImagesInFlight: 256,
      raw: [
        {
          engine: 'onnxruntime',
          title: '',
          withDecoding: pace(100),
          withoutDecoding: pace(110),
          oneCropP50Ms: 9,
        },
      ],
      contenders,
    }) as unknown as Results;
  const find = (found: Criterion[], what: string) => {
    const criterion = found.find((candidate) => candidate.what.startsWith(what));
    if (!criterion) throw new Error(`no criterion ${what}`);
    return { measured: criterion.measured, pass: passes(criterion) };
  };

  it('compares with the raw engine and with each peer', () => {
    const found = criteria(
      results(service('hemoserve', 96, 30), service('fastapi-keras', 40, 30), service('slow', 90, 20)),
    );
    expect(find(found, 'throughput at 32 clients / the raw')).toEqual({ measured: 0.96, pass: true });
    expect(find(found, 'p50 of one client')).toEqual({ measured: 10 / 9, pass: true });
    expect(find(found, 'throughput / fastapi-keras at 1 clients')).toEqual({ measured: 2.4, pass: true });
    expect(find(found, 'throughput / fastapi-keras at 32 clients')).toEqual({ measured: 2.4, pass: false });
    expect(find(found, 'p99 / slow at 1 clients')).toEqual({ measured: 1.5, pass: false });
  });

  it('judges the overload', () => {
    const ours = service('hemoserve', 100, 30);
    const offered = { ...load, ...rest, offeredPerSecond: 400, refusedP99Ms: 12, withoutRetryAfter: 1 };
    ours.overload = { ...offered, cropsPerSecond: 96, p99Ms: 2600 };
    const found = criteria(results(ours));
    expect(find(found, 'throughput at four times')).toEqual({ measured: 0.96, pass: true });
    expect(find(found, 'p99 of the admitted').pass).toBe(true);
    expect(find(found, 'p99 of the refusals').pass).toBe(false);
    expect(find(found, 'refusals without').pass).toBe(false);
  });
});
