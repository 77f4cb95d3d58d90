import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { imageForm } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

const IDLE = 2000;
/** One address may have 1024 connections. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
const SLOW_LORISES = 200;
const REQUESTS = 60;

let registry: GeneratedRegistry;
let service: ServiceProcess;
const sockets: Socket[] = [];
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  service.kill('SIGKILL');
  registry.dispose();
});

/** Durations of requests, one after the other, in ms; each must be answered. */
async function classifyMany(url: string): Promise<number[]> {
  const durationsMs: number[] = [];
  for (let request = 0; request < REQUESTS; request++) {
    const startMs = performance.now();
    const body = imageForm([upload('cells/ig.jpg')]);
    const response = await fetch(`${url}/v1/classify`, { method: 'POST', body });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    durationsMs.push(performance.now() - startMs);
  }
  return durationsMs.sort((a, b) => a - b);
}

const median = (sorted: number[]) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

it(`${IDLE} idle connections and ${SLOW_LORISES} that send a header byte by byte do not hinder others`, {
  timeout: 120_000,
}, async () => {
  const url = await service.url();
  await service.line('model ready');
  const port = Number(new URL(url).port);
  const open = async (index: number) => {
    const localAddress = ADDRESSES[index % ADDRESSES.length] as string;
    const socket = connect({ host: '127.0.0.1', port, localAddress }).on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  await classifyMany(url);
  const alone = await classifyMany(url);

  for (let index = 0; index < IDLE; index += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, offset) => open(index + offset)));
  }
  const slow = await Promise.all(Array.from({ length: SLOW_LORISES }, (_, index) => open(index)));
  let closed = 0;
  const header = 'POST /v1/classify HTTP/1.1\r\nhost: x\r\n';
  const timers = slow.map((socket) => {
    let sent = 0;
    socket.on('data', () => {});
    socket.once('close', () => {
      closed += 1;
    });
    return setInterval(() => socket.write(header[sent++ % header.length] ?? 'x'), 200);
  });
  const beside = await classifyMany(url);
  console.log(
    `ms of a request, median: ${median(alone).toFixed(1)} alone, ${median(beside).toFixed(1)} beside them`,
  );
  expect(median(beside)).toBeLessThan(2 * median(alone) + 20);
  // A header has 10 s.
  await expect.poll(() => closed, { timeout: 20_000 }).toBe(SLOW_LORISES);
  for (const timer of timers) clearInterval(timer);
  await classifyMany(url);
});
