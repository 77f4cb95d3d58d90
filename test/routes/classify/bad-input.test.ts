import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../src/errors/codes.js';
import { ERRORS } from '../../../src/errors/codes.js';
import type { Problem } from '../../../src/errors/problem.js';
import { readFixture, upload } from '../../support/fixtures.js';
import { type Service, startService } from '../../support/service.js';

const MAX_FILES = 8;
const MAX_FILE_BYTES = 200_000;

let service: Service;
beforeAll(async () => {
  service = await startService({ maxFiles: MAX_FILES, maxFileBytes: MAX_FILE_BYTES });
});
afterAll(() => service.close());

const raw = (type: string, body: string | Uint8Array<ArrayBuffer> | ArrayBuffer | null): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

async function expectProblem(response: Response, code: ErrorCode): Promise<Problem> {
  const problem = (await response.json()) as Problem;
  expect({ code: problem.code, status: response.status }).toEqual({ code, status: ERRORS[code].status });
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(problem).toMatchObject({
    type: `urn:hemoserve:problem:${code}`,
    title: ERRORS[code].title,
    status: ERRORS[code].status,
    requestId: response.headers.get('x-request-id'),
  });
  expect(problem.detail).not.toBe('');
  return problem;
}

const BAD_FILES: [string, string, ErrorCode][] = [
  ['an empty file', 'formats/empty.jpg', 'empty_file'],
  ['text', 'formats/text.jpg', 'not_an_image'],
  ['an SVG', 'formats/vector.svg', 'unsupported_image_format'],
  ['a GIF', 'formats/other.gif', 'unsupported_image_format'],
  ['a WebP', 'formats/other.webp', 'unsupported_image_format'],
  ['a truncated JPEG', 'formats/truncated.jpg', 'corrupt_image'],
  ['a truncated PNG', 'formats/truncated.png', 'corrupt_image'],
  ['a truncated BMP', 'formats/truncated.bmp', 'corrupt_image'],
  ['a decompression bomb', 'formats/bomb.png', 'image_too_large'],
];

describe('a bad file', () => {
  it.each(BAD_FILES)('%s alone is a problem', async (_name, path, code) => {
    await expectProblem(await service.classify([upload(path)]), code);
  });

  it.each(BAD_FILES)('%s as a raw body is a problem', async (_name, path, code) => {
    const body = new Uint8Array(readFixture(path));
    await expectProblem(await service.request('/v1/classify', raw('image/jpeg', body)), code);
  });

  it('is an SVG with an XML declaration too', async () => {
    const svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    const response = await service.request('/v1/classify', raw('image/svg+xml', svg));
    expect((await expectProblem(response, 'unsupported_image_format')).detail).toContain('svg');
  });

  it('is a blank one', async () => {
    const blank = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#e8d8e0' } })
      .png()
      .toBuffer();
    const file = new File([new Uint8Array(blank)], 'blank.png');
    await expectProblem(await service.classify([file]), 'blank_image');
  });

  it('is told apart from the good ones around it', async () => {
    const bad = BAD_FILES.slice(0, MAX_FILES - 2);
    const files = [
      upload('cells/ig.jpg'),
      ...bad.map(([, path]) => upload(path)),
      upload('cells/platelet.jpg'),
    ];
    const response = await service.classify(files);
    expect(response.status).toBe(200);
    const { results } = (await response.json()) as { results: { error?: Problem; class?: string }[] };
    expect(results).toHaveLength(files.length);
    expect(results.at(0)?.class).toBeDefined();
    expect(results.at(-1)?.class).toBeDefined();
    for (const [index, [, path, code]] of bad.entries()) {
      expect(results[index + 1]).toMatchObject({
        index: index + 1,
        filename: path.split('/').at(-1),
        error: { code, status: ERRORS[code].status },
      });
    }
  });

  it('too large is a problem, and among many an entry', async () => {
    const large = new File([new Uint8Array(MAX_FILE_BYTES + 1)], 'large.jpg');
    await expectProblem(await service.classify([large]), 'file_too_large');
    const body = await large.arrayBuffer();
    await expectProblem(await service.request('/v1/classify', raw('image/jpeg', body)), 'file_too_large');
    const { results } = (await (await service.classify([large, upload('cells/ig.jpg')])).json()) as {
      results: { error?: Problem; class?: string }[];
    };
    expect(results[0]?.error?.code).toBe('file_too_large');
    expect(results[1]?.class).toBeDefined();
  });

  it('of many decodes is never a fault of the service', async () => {
    const jpeg = readFixture('formats/rgb.jpg');
    const before = await service.metric('hemoserve_errors_total{code="internal_error"}');
    for (let index = 0; index < 60; index++) {
      const damaged = Uint8Array.from(jpeg);
      // A fixed walk over the file's bytes, headers first.
      for (let step = 0; step < 4; step++) damaged[(index * 37 + step * 997) % damaged.length] = 255 - index;
      const { status } = await service.request('/v1/classify', raw('image/jpeg', damaged));
      expect([200, 400, 413, 415, 422]).toContain(status);
    }
    expect(await service.metric('hemoserve_errors_total{code="internal_error"}')).toBe(before);
  });
});

describe('a bad request', () => {
  it('without a file', async () => {
    await expectProblem(await service.classify([]), 'no_file');
    await expectProblem(await service.request('/v1/classify', { method: 'POST' }), 'no_file');
  });

  it('with an empty raw body', async () => {
    await expectProblem(await service.request('/v1/classify', raw('image/jpeg', null)), 'empty_file');
  });

  it('with a file in a field of a wrong name', async () => {
    const form = new FormData();
    form.append('picture', upload('cells/ig.jpg'));
    const response = await service.request('/v1/classify', { method: 'POST', body: form });
    expect((await expectProblem(response, 'unexpected_field')).detail).toContain('picture');
  });

  it('with text in place of a file', async () => {
    const form = new FormData();
    form.append('image', 'not a file');
    const response = await service.request('/v1/classify', { method: 'POST', body: form });
    await expectProblem(response, 'unexpected_field');
  });

  it('with too many files', async () => {
    const files = Array.from({ length: MAX_FILES + 1 }, () => upload('cells/ig.jpg'));
    await expectProblem(await service.classify(files), 'too_many_files');
  });

  it.each([
    ['application/json', '{}'],
    ['text/plain', 'cell'],
    ['application/octet-stream', 'cell'],
  ])('of type %s', async (type, body) => {
    await expectProblem(await service.request('/v1/classify', raw(type, body)), 'unsupported_content_type');
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['no end', 'multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="image"; '],
    ['rubbish', 'multipart/form-data; boundary=b', 'rubbish'],
    [
      'a file that ends early',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nhalf',
    ],
  ])('whose multipart body has %s', async (_name, type, body) => {
    await expectProblem(await service.request('/v1/classify', raw(type, body)), 'malformed_multipart');
  });

  it('whose text field claims to be JSON, and is none', async () => {
    const body =
      '--b\r\ncontent-disposition: form-data; name="image"\r\ncontent-type: application/json\r\n\r\n{\r\n--b--\r\n';
    const response = await service.request('/v1/classify', raw('multipart/form-data; boundary=b', body));
    await expectProblem(response, 'unexpected_field');
  });

  it('is told from a fault of the service, whose words may be those of a multipart parser', async () => {
    const { session } = service.app.modelHost.classifier();
    const run = vi.spyOn(session, 'run').mockRejectedValueOnce(new Error('a part of the network is missing'));
    const counter = 'hemoserve_errors_total{code="internal_error"}';
    const before = await service.metric(counter);
    await expectProblem(await service.classify([upload('cells/ig.jpg')]), 'internal_error');
    expect(await service.metric(counter)).toBe(before + 1);
    run.mockRestore();
  });

  it('for an unknown model, version, parameter or route', async () => {
    const { name } = service.app.modelHost.classifier().model.manifest;
    const file = [upload('cells/ig.jpg')];
    await expectProblem(await service.classify(file, '?model=resnet'), 'unknown_model');
    await expectProblem(await service.classify(file, `?model=${name}&version=99.0.0`), 'unknown_version');
    for (const query of ['?temperature=2', '?model=', '?version=']) {
      await expectProblem(await service.classify(file, query), 'invalid_request');
    }
    await expectProblem(await service.request('/v1/models/resnet/versions/1.0.0'), 'unknown_model');
    await expectProblem(await service.request(`/v1/models/${name}/versions/99.0.0`), 'unknown_version');
    await expectProblem(await service.request('/v3/classify'), 'unknown_route');
    await expectProblem(await service.request('/%E0%A4%A'), 'invalid_request');
  });

  it('whose client goes away half way leaves the service well', async () => {
    const counter = 'hemoserve_errors_total{code="client_closed_request"}';
    const before = await service.metric(counter);
    const socket = connect(service.port, '127.0.0.1');
    socket.write(
      'POST /v1/classify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n' +
        'content-type: multipart/form-data; boundary=b\r\n\r\n' +
        '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nhalf',
    );
    await sleep(100);
    socket.destroy();
    await expect.poll(() => service.metric(counter), { timeout: 5000 }).toBe(before + 1);
    await sleep(200);
    expect(await service.metric(counter)).toBe(before + 1);
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
  });
});
