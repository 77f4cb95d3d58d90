import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/errors/problem.js';
import { multipartParts } from '../../../src/routes/classify/multipart.js';
import { readFixture } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { type Service, startService } from '../../support/service.js';

interface Answer extends Partial<Problem> {
  results?: { index: number; filename?: string; class?: string; error?: Problem }[];
}

let registry: GeneratedRegistry;
let service: Service;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({ modelsDir: registry.folder, maxFileBytes: 100_000 });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

const crop = readFixture('cells/ig.jpg');
const PLAIN =
  'Content-Disposition: form-data; name="image"; filename="b.jpg"\r\nContent-Type: image/jpeg\r\n\r\n';

/** A form of parts by their headers, each with the same crop. */
function form(...headers: string[]): Buffer<ArrayBuffer> {
  const parts = headers.flatMap((header) => ['--B\r\n', header, crop, '\r\n']);
  return Buffer.concat([...parts, '--B--\r\n'].map((piece) => Buffer.from(piece as string)));
}

async function send(
  body: Uint8Array<ArrayBuffer>,
  type = 'multipart/form-data; boundary=B',
): Promise<Answer> {
  const response = await service.request('/v1/classify', {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  return (await response.json()) as Answer;
}

describe('a part that another parser would skip fails the request', () => {
  it.each([
    ['disposition attachment', PLAIN.replace('form-data', 'attachment')],
    ['no disposition', 'Content-Type: image/jpeg\r\n\r\n'],
    ['no header', '\r\n'],
    ['no end of its header', ''],
    ['no name', PLAIN.replace(' name="image";', '')],
    ['LF line ends', PLAIN.replaceAll('\r\n', '\n')],
    ['blanks after the boundary', `  \r\n${PLAIN}`],
    ['a colon too few', PLAIN.replace(':', '')],
    ['a header of 100 kB', `A: ${'a'.repeat(100_000)}\r\n${PLAIN}`],
    ['2001 headers before it', 'a: b\r\n'.repeat(2001) + PLAIN],
  ])('%s', async (_name, header) => {
    for (const headers of [
      [PLAIN, header, PLAIN],
      [header, PLAIN],
      [PLAIN, header],
    ]) {
      expect(await send(form(...headers))).toMatchObject({ status: 400, code: 'malformed_multipart' });
    }
  });

  it('however it is cut in pieces on its way', async () => {
    const body = Buffer.from(
      `before\r\n--B\r\n${PLAIN}first\r\n--\r\n--B\r\n${PLAIN.replace('b.jpg', 'c.jpg')}\r\n--B--\r\nafter`,
    );
    for (let at = 1; at < body.length; at++) {
      expect(await partsOf([body.subarray(0, at), body.subarray(at)]), String(at)).toEqual([
        ['b.jpg', 'first\r\n--'],
        ['c.jpg', ''],
      ]);
    }
    expect(await partsOf([...body].map((byte) => Buffer.of(byte)))).toHaveLength(2);
  });
});

describe('a part is taken', () => {
  it.each([
    [
      'without a file name, by its type',
      'Content-Disposition: form-data; name="image"\r\nContent-Type: image/jpeg\r\n\r\n',
      undefined,
    ],
    [
      'of bytes',
      'Content-Disposition: form-data; name=image\r\ncontent-type: Application/Octet-Stream\r\n\r\n',
      undefined,
    ],
    ['with folders in its name', PLAIN.replace('b.jpg', 'slide1/001.jpg'), 'slide1/001.jpg'],
    ["with another system's folders", PLAIN.replace('b.jpg', 'C:\\slide1\\001.jpg'), 'C:\\slide1\\001.jpg'],
    ['with letters of any language', PLAIN.replace('b.jpg', 'Lymphozyt-ß-血.jpg'), 'Lymphozyt-ß-血.jpg'],
    ['with a quote as browsers write it', PLAIN.replace('b.jpg', 'a%22b.jpg'), 'a"b.jpg'],
    ['with a quote as others write it', PLAIN.replace('b.jpg', 'a\\"b.jpg'), 'a"b.jpg'],
    ['with an encoded name', PLAIN.replace('filename="b.jpg"', "filename*=UTF-8''%E8%A1%80.jpg"), '血.jpg'],
    ['with a line end in its name', PLAIN.replace('filename="b.jpg"', "filename*=UTF-8''a%0Ab"), 'a\nb'],
    ['with a bad encoded name', PLAIN.replace('filename="b.jpg"', "filename*=UTF-8''%FF%"), undefined],
  ])('%s', async (_name, header, filename) => {
    const { results } = await send(form(PLAIN, header, PLAIN));
    expect(results?.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(results?.map((result) => result.filename)).toEqual(['b.jpg', filename, 'b.jpg']);
    for (const result of results ?? []) expect(result.class).toBeDefined();
  });

  it('of a form whose boundary has escapes', async () => {
    const body = Buffer.from(form(PLAIN).toString('latin1').replaceAll('--B', '--a"b c'), 'latin1');
    const { results } = await send(body, 'multipart/form-data; boundary="a\\"b c"');
    expect(results).toHaveLength(1);
  });

  it('after one that is too large, too', async () => {
    const large = Buffer.concat([
      Buffer.from(`--B\r\n${PLAIN}`),
      Buffer.alloc(300_000),
      Buffer.from('\r\n'),
      form(PLAIN),
    ]);
    const { results } = await send(large);
    expect(results?.map(({ error }) => error?.code)).toEqual(['file_too_large', undefined]);
  });
});

it('a megabyte of parts without header is refused at its first one', async () => {
  const body = Buffer.from('--B\r\n\r\n'.repeat(150_000));
  const { user, system } = process.cpuUsage();
  await expect(partsOf([body.subarray(0, 65_536), body.subarray(65_536)])).rejects.toMatchObject({
    code: 'malformed_multipart',
  });
  const after = process.cpuUsage();
  // Read whole it takes a second.
  expect((after.user + after.system - user - system) / 1000).toBeLessThan(200);
});

describe('the rest of HTTP', () => {
  it('a compressed body is refused, with what is taken', async () => {
    const response = await service.request('/v1/classify', {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', 'content-encoding': 'gzip' },
      body: new Uint8Array(crop),
    });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('identity');
    expect(await response.json()).toMatchObject({ code: 'unsupported_content_encoding' });
  });

  it.each([
    ['application/json, application/x-ndjson;q=0', 'application/json'],
    ['application/x-ndjson;q=0.2, application/json;q=0.9', 'application/json'],
    ['application/x-ndjson;q=0.9, application/json;q=0.2', 'application/x-ndjson'],
    ['application/x-ndjson, */*', 'application/x-ndjson'],
    ['*/*;q=0.1, application/x-ndjson;q=0.5', 'application/x-ndjson'],
    ['application/*', 'application/json'],
    ['text/plain', 'application/json'],
  ])('Accept: %s is answered as %s', async (accept, type) => {
    const response = await service.request('/v1/classify', {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', accept },
      body: new Uint8Array(crop),
    });
    expect(response.headers.get('content-type')).toContain(type);
  });
});

/** Names and contents of the parts of a body that comes in pieces. */
async function partsOf(pieces: Buffer[]): Promise<[string | undefined, string][]> {
  const body = new PassThrough();
  const parts = multipartParts(body as unknown as IncomingMessage, 'B', 1000, new AbortController().signal);
  for (const piece of pieces) body.write(piece);
  body.end();
  const read: [string | undefined, string][] = [];
  for await (const { filename, content } of parts) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    read.push([filename, Buffer.concat(chunks).toString()]);
  }
  return read;
}
