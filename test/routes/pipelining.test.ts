import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { exchange, open } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

/** More than the system's buffers take for a client that does not read. */
const UNREAD = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(8);
const LIVE = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';
const classify = (query = '') =>
  `POST /v1/classify${query} HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: 1\r\n\r\nx`;

let registry: GeneratedRegistry;
let service: Service;
let sockets: Socket[];
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
});
afterAll(() => registry.dispose());
beforeEach(async () => {
  service = await startService({ modelsDir: registry.folder });
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service.close();
});

/** Sends pipelined requests, reads nothing of their answers, and goes away. */
async function leaveUnread(requests: string, connections = 1): Promise<void> {
  const gone: Promise<unknown>[] = [];
  // `once` would reject, since the system says on some connections that they were reset.
  const watch = (socket: Socket) => gone.push(new Promise((resolve) => socket.once('close', resolve)));
  service.app.server.on('connection', watch);
  for (let index = 0; index < connections; index++) {
    const socket = open(service.port).pause();
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(requests);
  }
  await sleep(500);
  for (const socket of sockets) socket.destroy();
  await Promise.all(gone);
  service.app.server.off('connection', watch);
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('pipelined requests whose client goes away without reading', () => {
  it.runIf(existsSync('/proc/self/fd'))('keep no file open', async () => {
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    await leaveUnread(UNREAD.repeat(250));
    await expect.poll(files).toBeLessThanOrEqual(before);
  });

  it('keep no timer', async () => {
    const before = timers();
    await leaveUnread(UNREAD + classify('?timeoutMs=100').repeat(100), 4);
    await expect.poll(timers).toBeLessThanOrEqual(before + 1);
  });

  it('keep no permit and no model: the service stops at once', async () => {
    await leaveUnread(UNREAD + classify().repeat(20));
    await expect.poll(() => service.app.admission.held).toEqual({ images: 0, bytes: 0 });
    const closed = service.close().then(() => 'closed');
    expect(await Promise.race([closed, sleep(3000, 'late', { ref: false })])).toBe('closed');
  });

  it('are counted, each', async () => {
    await leaveUnread(UNREAD + LIVE.repeat(20));
    const counter = 'hemoserve_errors_total{code="client_closed_request"}';
    expect(await service.metric(counter)).toBeGreaterThan(20);
  });
});

describe('one connection', () => {
  it('waits for so many answers at most, gets them, and is told', async () => {
    const answers = await exchange(service.port, LIVE.repeat(1000));
    expect(answers.slice(0, -1).every(({ status }) => status === 200)).toBe(true);
    expect(answers.length).toBeLessThan(300);
    expect(answers.at(-1)).toMatchObject({ status: 429, headers: { connection: 'close' } });
    expect(JSON.parse(answers.at(-1)?.body ?? '')).toMatchObject({ code: 'too_many_requests' });
    expect(await service.metric('hemoserve_errors_total{code="too_many_requests"}')).toBe(1);
  });

  it('gets the answers of pipelined requests in their order', async () => {
    const paths = Array.from({ length: 50 }, (_, index) => (index % 2 ? '/livez' : '/nope'));
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    const answers = await exchange(service.port, requests.join(''), 500);
    expect(answers.map(({ status }) => status)).toEqual(paths.map((path) => (path === '/nope' ? 404 : 200)));
  });

  it('does not gather listeners', async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => warnings.push(warning);
    process.on('warning', collect);
    await leaveUnread(classify().repeat(100));
    process.off('warning', collect);
    expect(warnings).toEqual([]);
  });
});
