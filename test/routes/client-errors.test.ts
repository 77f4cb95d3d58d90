import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors/codes.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { exchange, open, type RawAnswer } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

let registry: GeneratedRegistry;
let service: Service;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({ modelsDir: registry.folder, maxConnectionsPerClient: 8 });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

const counted = (code: ErrorCode) => service.metric(`hemoserve_errors_total{code="${code}"}`);

function expectProblem(answer: RawAnswer | undefined, code: ErrorCode): void {
  const { status, title } = ERRORS[code];
  expect(answer?.status).toBe(status);
  expect(answer?.headers['content-type']).toContain('application/problem+json');
  expect(JSON.parse(answer?.body ?? '')).toEqual({
    type: `urn:hemoserve:problem:${code}`,
    title,
    status,
    code,
    detail: expect.stringMatching(/./),
    requestId: answer?.headers['x-request-id'],
  });
}

const BAD: [string, string | Buffer, ErrorCode][] = [
  [
    'a header of 20 kB',
    `GET /livez HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(20_000)}\r\n\r\n`,
    'headers_too_large',
  ],
  ['no HTTP at all', Buffer.from('16030100c8010000c40303', 'hex'), 'invalid_request'],
  ['an unknown method', 'BREW /livez?a=b HTTP/1.1\r\nhost: x\r\n\r\n', 'method_not_allowed'],
  ['an unknown method for no route', 'BREW /nope HTTP/1.1\r\nhost: x\r\n\r\n', 'invalid_request'],
  ['an unknown method for no path', 'BREW /%zz HTTP/1.1\r\nhost: x\r\n\r\n', 'invalid_request'],
  ['an unknown method without a path', 'BREW\r\n\r\n', 'invalid_request'],
  ['an unknown version', 'GET /livez HTTP/9.9\r\nhost: x\r\n\r\n', 'invalid_request'],
  ['the wish for a proxy', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n', 'invalid_request'],
  ['no host', 'GET /livez HTTP/1.1\r\n\r\n', 'invalid_request'],
  [
    'two lengths',
    'POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    'invalid_request',
  ],
  [
    'another expectation',
    'GET /livez HTTP/1.1\r\nhost: x\r\nexpect: 200-maybe\r\n\r\n',
    'expectation_failed',
  ],
  [
    'a chunk without a size',
    'POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n',
    'invalid_request',
  ],
  [
    'bad JSON for no route',
    'POST /nope HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n\r\n{bad',
    'unknown_route',
  ],
  [
    'a NUL in its path',
    'GET /docs/static/%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'unknown_route',
  ],
  [
    'a path that leaves',
    'GET /docs/static/../../package.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'unknown_route',
  ],
  ['a broken escape', 'GET /%E0%A4%A HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'invalid_request'],
  [
    'a boundary of 300 characters',
    `POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=${'b'.repeat(300)}\r\n` +
      'content-length: 1\r\nconnection: close\r\n\r\nx',
    'malformed_multipart',
  ],
];

describe('a request with', () => {
  it.each(BAD)('%s is a problem, and counted', async (_name, bytes, code) => {
    const before = await counted(code);
    const [answer] = await exchange(service.port, bytes);
    expectProblem(answer, code);
    expect(await counted(code)).toBe(before + 1);
    expect(await counted('internal_error')).toBe(0);
  });

  it('such a fault has a line in the log', async () => {
    const process = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
    const port = Number(new URL(await process.url()).port);
    await process.line('model ready');
    for (const [, bytes] of BAD) await exchange(port, bytes, 500);
    process.kill('SIGTERM');
    await process.exit;
    const codes = process.log.filter(({ msg }) => msg === 'request').map(({ code }) => code);
    expect(codes.filter((code) => code !== 'client_closed_request')).toEqual(BAD.map(([, , code]) => code));
  });

  it('a Range is answered whole', async () => {
    const headers = { range: 'bytes=999999999-' };
    const response = await service.request('/docs/static/swagger-ui.css', { headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('.swagger-ui');
  });

  it('a header that does not end is a problem in time', async () => {
    service.app.server.headersTimeout = 300;
    const [answer] = await exchange(service.port, 'GET /livez HTTP/1.1\r\nhost: x\r\n', 10_000);
    service.app.server.headersTimeout = 10_000;
    expectProblem(answer, 'request_timeout');
  });

  it('a body that does not come is not waited for, on any route that reads none', async () => {
    const stalled = (path: string) =>
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`;
    for (const [path, code] of [
      ['/nope', 'unknown_route'],
      ['/v1/models', 'method_not_allowed'],
      ['/livez', 'method_not_allowed'],
    ] as const) {
      const started = performance.now();
      const [answer] = await exchange(service.port, stalled(path), 15_000);
      expectProblem(answer, code);
      expect(performance.now() - started, path).toBeLessThan(10_000);
    }
  }, 40_000);
});

it('garbage behind a request is not answered in its place', async () => {
  const answers = await exchange(
    service.port,
    'POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: 1\r\n\r\nxgarbage\r\n\r\n',
  );
  for (const { status } of answers) expect(status).toBe(422);
});

it('an address has so many connections at most', async () => {
  const sockets: Socket[] = [];
  // Those of fetch count, too.
  for (let index = 0; index < 8; index++) {
    const socket = open(service.port);
    sockets.push(socket);
    await once(socket, 'connect');
  }
  const answers = await exchange(service.port, 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(answers).toHaveLength(1);
  expectProblem(answers[0], 'too_many_requests');
  for (const socket of sockets) socket.destroy();
  await sleep(100);
  expect((await exchange(service.port, 'GET /livez HTTP/1.0\r\n\r\n'))[0]?.status).toBe(200);
});

it('every answer tells browsers to guess nothing and to run nothing', async () => {
  for (const path of ['/livez', '/v1/models', '/nope', '/openapi.yaml', '/metrics']) {
    const response = await service.request(path);
    await response.arrayBuffer();
    const { headers } = response;
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
  }
});

describe('Swagger UI', () => {
  it.each(['/docs', '/docs/', '/prefix/docs', '/prefix/docs/'])(
    'asked for at %s finds its files below the same prefix',
    async (path) => {
      const page = new URL(path, 'http://proxy');
      const html = await (await service.request(path.replace('/prefix', ''))).text();
      const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(
        ([, link = '']) => new URL(link, page).pathname,
      );
      expect(files.length).toBeGreaterThan(3);
      for (const file of files) {
        expect(file.startsWith(path.startsWith('/prefix') ? '/prefix/docs/' : '/docs/')).toBe(true);
        const response = await service.request(file.replace('/prefix', ''));
        expect(response.status, file).toBe(200);
        await response.arrayBuffer();
        expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
      }
    },
  );
});
