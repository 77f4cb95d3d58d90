import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../bench/arguments.js';
import { type Criterion, criteria, passes } from '../bench/criteria.js';
import { loadFigures, percentile } from '../bench/figures.js';
import type { Outcome } from '../bench/load.js';
import { peer as hemoserve } from '../bench/peers/hemoserve/peer.js';
import { usage } from '../bench/process-tree.js';
import { profileTable } from '../bench/profile/cpu-profile.js';
import { stagesTable } from '../bench/profile/stages.js';
import type { ContenderResult, Results } from '../bench/results.js';

describe('figures of a load', () => {
  const reference = { classes: ['a', 'b'], probabilities: [[0.9, 0.1]], tolerance: 0.05 };
  const outcome = (probability: number, change: Partial<Outcome> = {}): Outcome => ({
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
  const figures = (...outcomes: Outcome[]) => loadFigures(outcomes, 2, hemoserve, reference);

  it('counts right answers within the time', () => {
    expect(figures(outcome(0.9), outcome(0.91), outcome(0.9, { startMs: 1950 }))).toMatchObject({
      cropsPerSecond: 1,
      answered: 3,
      wrong: 0,
      p50Ms: 100,
    });
  });

  it('does not count answers of another class or other probabilities', () => {
    expect(figures(outcome(0.2), outcome(0.8))).toMatchObject({ cropsPerSecond: 0, answered: 2, wrong: 2 });
  });

  it('tells refusals from failures', () => {
    expect(figures(outcome(0.9, { status: 503 }), outcome(0.9, { status: 0 }))).toMatchObject({
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

it('refuses options that are wrong', () => {
  expect(() => parseArguments(['--peers', 'hemoserve,nobody'])).toThrow('--peers nobody: expected some of');
  expect(() => parseArguments(['--clients', '1,x'])).toThrow('--clients x: expected a positive integer');
  expect(parseArguments(['--peers', 'triton', '--seconds', '3'])).toMatchObject({
    peers: ['triton'],
    clients: [1, 8, 32, 128],
    seconds: 3,
  });
});

it('counts what a process and its children use', async () => {
  const grandchild =
    "const held = Buffer.alloc(64 << 20, 1); for (const end = Date.now() + 300; Date.now() < end; ); console.log('busy'); setInterval(() => held, 1000)";
  const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
  const root = spawn(process.execPath, ['-e', child], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = root.pid ?? 0;
  try {
    await once(root.stdout, 'data');
    const { cpuSeconds, memoryMiB } = usage(pid);
    expect(cpuSeconds).toBeGreaterThan(0.05);
    expect(memoryMiB).toBeGreaterThan(64);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});

it('shares a request’s time out to its stages', () => {
  const request = 'hemoserve_http_request_duration_seconds';
  const labels = '{method="POST",route="/v1/classify",status="200"}';
  const stage = 'hemoserve_stage_duration_seconds';
  const after = new Map([
    [`${request}_sum${labels}`, 0.03],
    [`${request}_count${labels}`, 2],
    [`${stage}_sum{stage="inference"}`, 0.02],
    [`${stage}_count{stage="inference"}`, 2],
    [`${stage}_sum{stage="read"}`, 0.002],
    [`${stage}_count{stage="read"}`, 2],
  ]);
  expect(stagesTable(new Map(), after).split('\n').slice(2)).toEqual([
    '| read | 1 | 7 |',
    '| inference | 10 | 67 |',
    '| rest | 4 | 27 |',
    '| whole request | 15 | 100 |',
  ]);
});

it('sums a CPU profile up within a window', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'parse', 'file:///x/node_modules/@fastify/multipart/index.js'),
      node(3, 'classify', 'file:///x/dist/routes/classify.js'),
    ],
    startTime: 0,
    endTime: 4_000_000,
    samples: [3, 1, 2, 2],
    timeDeltas: [1_000_000, 1_000_000, 1_000_000, 1_000_000],
  };
  expect(profileTable(profile, [2.5, 0], 10).split('\n').slice(2)).toEqual([
    '| @fastify/multipart | 66.7 | 200 |',
    '| (idle) | 33.3 | 100 |',
    '| others | 0 | 0 |',
  ]);
});
