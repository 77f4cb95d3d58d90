import type { HTTPMethods } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../support/raw-http.js';
import { type SlideService, startSlideService } from '../support/slide-service.js';

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
] as const;
/** What is not in the document: pages and what they load. */
const PAGES = ['/', '/docs', '/docs/', '/docs/static/index.css'];

let service: SlideService;
beforeAll(async () => {
  service = await startSlideService({ adminToken: 'a-token-of-the-tests' });
});
afterAll(() => service.close());

/** Each path that the service has, with its methods. */
function paths(): [path: string, methods: string[]][] {
  const { paths = {} } = service.app.swagger() as { paths?: Record<string, object> };
  const documented = Object.entries(paths).map(([path, methods]): [string, string[]] => {
    const upper = Object.keys(methods).map((method) => method.toUpperCase());
    return [path.replaceAll(/\{\w+\}/g, 'x%20y'), upper.includes('GET') ? [...upper, 'HEAD'] : upper];
  });
  // It is also a slide of that id.
  documented.find(([path]) => path === '/v1/slides/whole')?.splice(1, 1, ['POST', 'GET', 'HEAD']);
  // The workbench is served where it is built.
  const pages = PAGES.filter((url) => service.app.hasRoute({ url, method: 'GET' }));
  return [...documented, ...pages.map((path): [string, string[]] => [path, ['GET', 'HEAD']])];
}

describe('a path with a method that it does not have', () => {
  it('is 405 with those that it has, whatever the path', async () => {
    expect(paths().length).toBeGreaterThan(35);
    for (const [path, methods] of paths()) {
      for (const method of METHODS.filter((each) => !methods.includes(each))) {
        // A query is no part of the path; fetch does not send TRACE.
        const { statusCode, headers, body } = await service.app.inject({
          method: method as HTTPMethods as 'GET',
          url: `${path}?a=b`,
          // Fastify wants QUERY to have a type, and a type to have a body that fits.
          ...(!['TRACE', 'QUERY'].includes(method) && {
            headers: { 'content-type': 'application/json' },
            payload: '{bad',
          }),
        });
        const where = `${method} ${path}`;
        expect([where, statusCode]).toEqual([where, 405]);
        expect(headers.allow, where).toBe([...methods].sort().join(', '));
        if (method !== 'HEAD') expect(JSON.parse(body), where).toMatchObject({ code: 'method_not_allowed' });
      }
    }
  });

  it('is a problem, or for /v2 what its protocol calls an error', async () => {
    const of = async (path: string) => service.ask(path, { method: 'DELETE' });
    const { headers, json } = await of('/v1/models');
    expect(headers.get('content-type')).toMatch('application/problem+json');
    expect(json).toMatchObject({ status: 405, title: 'Method not allowed' });
    expect((await of('/v2/health/live')).json).toEqual({
      error: 'DELETE is no method of this path: GET, HEAD.',
      code: 'method_not_allowed',
      requestId: expect.any(String),
    });
  });

  it("is 405 too where Node's parser does not know the method", async () => {
    const [answer] = await exchange(service.port, 'BREW /v1/models HTTP/1.1\r\nhost: x\r\n\r\n');
    expect([answer?.status, answer?.headers.allow]).toEqual([405, 'GET, HEAD']);
    // One behind a request whose method is known is not taken for that.
    const [, next] = await exchange(
      service.port,
      'GET /livez HTTP/1.1\r\nhost: x\r\n\r\nBREW /livez HTTP/1.1\r\n\r\n',
    );
    expect(next?.status ?? 400).toBe(400);
  });

  it('is 404 where no method has the path', async () => {
    for (const path of ['/nope', '/v1', '/v1/models/', '/v2/models', '/v1/slides/a/b/c/d']) {
      const { status, headers, json } = await service.ask(path, { method: 'PUT' });
      expect([path, status, json.code]).toEqual([path, 404, 'unknown_route']);
      expect(headers.has('allow')).toBe(false);
    }
  });
});
