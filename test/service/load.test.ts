import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { readFixture } from '../support/fixtures.js';
import { ServiceProcess } from '../support/service-process.js';
import { TIMED } from '../support/timed.js';

const MAX_IN_FLIGHT = 16;
const ANSWERS = 80;
const REFUSALS = 800;
const crop = new Uint8Array(readFixture('cells/ig.jpg'));

let service: ServiceProcess;
let url: string;
afterEach(() => service.kill('SIGKILL'));

async function start(): Promise<void> {
  service = new ServiceProcess({
    HEMOSERVE_MAX_IMAGES_IN_FLIGHT: String(MAX_IN_FLIGHT),
    // All clients have one address here, and what holds the permits sends nothing.
    HEMOSERVE_MAX_CLIENT_SHARE_PERCENT: '100',
    HEMOSERVE_MIN_UPLOAD_BYTES_PER_SECOND: '0',
  });
  url = await service.url();
  await service.line('model ready');
}

/** Values of the service's metrics by name and labels. */
async function readMetrics(): Promise<(name: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  return (name) => Number(values.get(name) ?? 0);
}

async function classify(): Promise<number> {
  const headers = { 'content-type': 'image/jpeg' };
  const response = await fetch(`${url}/v1/classify`, { method: 'POST', headers, body: crop });
  await response.arrayBuffer();
  return response.status;
}

/** So many clients, each with one request after the other, until that many are answered. */
async function classifyMany(clients: number, count: number): Promise<number[]> {
  const statuses: number[] = [];
  let left = count;
  const client = async () => {
    while (left-- > 0) statuses.push(await classify());
  };
  await Promise.all(Array.from({ length: clients }, client));
  return statuses;
}

const duration = (status: number, part: 'sum' | 'count') =>
  `hemoserve_http_request_duration_seconds_${part}{method="POST",route="/v1/classify",status="${status}"}`;

describe('under load', { timeout: 120_000 }, () => {
  // In CPU time, which other processes on the machine change least.
  it('a refusal costs next to nothing beside an answer', TIMED, async () => {
    await start();
    const cpuSeconds = async () => (await readMetrics())('process_cpu_seconds_total');
    await classifyMany(MAX_IN_FLIGHT, ANSWERS);
    const before = await cpuSeconds();
    expect(new Set(await classifyMany(MAX_IN_FLIGHT, ANSWERS))).toEqual(new Set([200]));
    const between = await cpuSeconds();
    const holders = Array.from({ length: MAX_IN_FLIGHT }, hold);
    await expect.poll(async () => (await readMetrics())('hemoserve_images_in_flight')).toBe(MAX_IN_FLIGHT);
    await classifyMany(4, REFUSALS);
    const refusalsFrom = await cpuSeconds();
    expect(new Set(await classifyMany(4, REFUSALS))).toEqual(new Set([503]));
    const after = await cpuSeconds();
    for (const holder of holders) holder.destroy();
    const answerMs = ((between - before) / ANSWERS) * 1000;
    const refusalMs = ((after - refusalsFrom) / REFUSALS) * 1000;
    expect(refusalMs / answerMs).toBeLessThan(0.05);
  });

  it('at four times what it takes, refusals come much sooner than answers', TIMED, async () => {
    await start();
    const ends = performance.now() + 4000;
    const client = async () => {
      while (performance.now() < ends) if ((await classify()) === 503) await sleep(100);
    };
    await Promise.all(Array.from({ length: 4 * MAX_IN_FLIGHT }, client));
    const metrics = await readMetrics();
    const mean = (status: number) => metrics(duration(status, 'sum')) / metrics(duration(status, 'count'));
    expect(metrics(duration(200, 'count'))).toBeGreaterThan(MAX_IN_FLIGHT);
    expect(metrics(duration(503, 'count'))).toBeGreaterThan(MAX_IN_FLIGHT);
    expect(mean(503) / mean(200)).toBeLessThan(0.1);
  });
});

/** A request whose body does not come, and that so keeps its permit. */
function hold(): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write(
    `POST /v1/classify HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/jpeg\r\ncontent-length: 1000\r\n\r\n`,
  );
  return socket;
}
