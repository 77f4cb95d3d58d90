import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { preprocess } from '../../../src/images/preprocess.js';
import { joinBody } from '../../../src/oip/message.js';
import { joinElements } from '../../../src/oip/tensor.js';
import type { Manifest } from '../../../src/registry/manifest.js';
import { CLASSES, cells, listFixtures, readFixture, upload } from '../../support/fixtures.js';
import { GeneratedRegistry, SIDE } from '../../support/generated-registry.js';
import { type Service, startService } from '../../support/service.js';

interface Output {
  name: string;
  datatype: string;
  shape: number[];
  data: (number | string)[];
}
interface Answer {
  model_name: string;
  model_version: string;
  id?: string;
  outputs: Output[];
}
interface Failure {
  error: string;
  code: string;
  requestId: string;
}

let registry: GeneratedRegistry;
let service: Service;
let pixels: Uint8Array[];
let expected: number[][];

beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  await registry.add('other@1.0.0');
  service = await startService({ modelsDir: registry.folder });
  const manifest = JSON.parse(
    readFileSync(join(registry.folder, 'small/1.0.0/manifest.json'), 'utf8'),
  ) as Manifest;
  const files = CLASSES.map((name) => readFixture(`cells/${name}.jpg`));
  pixels = await Promise.all(files.map((file) => preprocess(file, manifest, 1_000_000)));
  const { results } = (await (await service.classify(cells())).json()) as {
    results: { probabilities: Record<string, number> }[];
  };
  expected = results.map(({ probabilities }) => CLASSES.map((name) => probabilities[name] ?? Number.NaN));
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

const INFER = '/v2/models/small/infer';

function infer(message: object, tensors: Uint8Array[] = [], path = INFER): Promise<Response> {
  const { jsonLength, body } = joinBody(message, tensors);
  return service.request(path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: {
      'content-type': tensors.length ? 'application/octet-stream' : 'application/json',
      ...(tensors.length && { 'inference-header-content-length': String(jsonLength) }),
    },
  });
}

const crops = (count = CLASSES.length) => ({
  name: 'crops',
  datatype: 'UINT8',
  shape: [count, SIDE, SIDE, 3],
});
const sized = <T extends object>(tensor: T, bytes: Uint8Array) => ({
  ...tensor,
  parameters: { binary_data_size: bytes.length },
});
/** Values of an output, in rows. */
function rows({ data, shape: [count = 1] }: Output): (number | string)[][] {
  const length = data.length / count;
  return Array.from({ length: count }, (_, row) => data.slice(row * length, (row + 1) * length));
}

describe('metadata', () => {
  it('says what the server and its models are', async () => {
    const get = async (path: string) => {
      const response = await service.request(path);
      return [response.status, await response.json()];
    };
    expect(await get('/v2')).toEqual([
      200,
      { name: 'hemoserve', version: expect.any(String), extensions: ['binary_tensor_data'] },
    ]);
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    for (const path of ['/v2/models/small', '/v2/models/small/versions/1.0.0']) {
      expect(await get(`${path}/ready`)).toEqual([200, { name: 'small', ready: true }]);
      expect(await get(path)).toEqual([
        200,
        {
          name: 'small',
          versions: ['1.0.0'],
          platform: 'hemoserve_crops',
          inputs: [
            { name: 'crops', datatype: 'UINT8', shape: [-1, SIDE, SIDE, 3] },
            { name: 'images', datatype: 'BYTES', shape: [-1] },
          ],
          outputs: [
            { name: 'probabilities', datatype: 'FP32', shape: [-1, 8] },
            { name: 'class', datatype: 'BYTES', shape: [-1] },
          ],
          parameters: { classes: CLASSES.join(',') },
        },
      ]);
    }
  });

  it.each([
    ['/v2/models/none', 'unknown_model'],
    ['/v2/models/small/versions/2.0.0/ready', 'unknown_version'],
    ['/v2/models/other/ready', 'model_not_served'],
    ['/v2/nowhere', 'unknown_route'],
  ])('%s is %s', async (path, code) => {
    const response = await service.request(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: expect.any(String),
      code,
      requestId: response.headers.get('x-request-id'),
    });
  });
});

describe('infer', () => {
  it('says of preprocessed crops what /v1/classify says of their images', async () => {
    const all = Buffer.concat(pixels);
    const response = await infer({ id: 'mine', inputs: [sized(crops(), all)] }, [all]);
    const answer = (await response.json()) as Answer;
    expect(answer).toMatchObject({ model_name: 'small', model_version: '1.0.0', id: 'mine' });
    const [probabilities, classes] = answer.outputs as [Output, Output];
    expect(probabilities).toMatchObject({ name: 'probabilities', datatype: 'FP32', shape: [8, 8] });
    expect(rows(probabilities)).toEqual(expected);
    const best = expected.map((row) => CLASSES[row.indexOf(Math.max(...row))]);
    expect(classes).toEqual({ name: 'class', datatype: 'BYTES', shape: [8], data: best });
  });

  it('takes JSON, flat or nested, also where it is long', async () => {
    const flat = [...(pixels[0] ?? [])];
    const nested = Array.from({ length: SIDE }, (_, y) =>
      Array.from({ length: SIDE }, (_, x) => flat.slice(3 * (y * SIDE + x), 3 * (y * SIDE + x) + 3)),
    );
    const path = '/v2/models/small/versions/1.0.0/infer';
    for (const data of [flat, [nested]]) {
      const answer = (await (await infer({ inputs: [{ ...crops(1), data }] }, [], path)).json()) as Answer;
      expect(rows(answer.outputs[0] as Output)[0]).toEqual(expected[0]);
    }
    // Some 700 kB: past what one turn of the event loop reads.
    const many = Array.from({ length: 64 }, (_, index) => [...(pixels[index % 8] ?? [])]).flat();
    const answer = (await (await infer({ inputs: [{ ...crops(64), data: many }] })).json()) as Answer;
    expect(rows(answer.outputs[0] as Output)).toEqual(Array.from({ length: 64 }, (_, i) => expected[i % 8]));
  });

  it('takes encoded images, as bytes or as base64', async () => {
    const files = CLASSES.map((name) => readFixture(`cells/${name}.jpg`));
    const elements = joinElements(files);
    const images = { name: 'images', datatype: 'BYTES', shape: [8, 1] };
    const data = files.map((file) => file.toString('base64'));
    const outputs = [{ name: 'probabilities' }];
    for (const response of [
      await infer({ inputs: [sized(images, elements)], outputs }, [elements]),
      await infer({ inputs: [{ ...images, data }], outputs }),
    ]) {
      const answer = (await response.json()) as Answer;
      expect(answer.outputs).toHaveLength(1);
      expect(rows(answer.outputs[0] as Output)).toEqual(expected);
    }
  });

  it('gives outputs as bytes where the client wants them so', async () => {
    const data = [...(pixels[0] ?? [])];
    const outputs = [
      { name: 'class', parameters: { binary_data: true } },
      { name: 'probabilities', parameters: { binary_data: true } },
    ];
    const response = await infer({ inputs: [{ ...crops(1), data }], outputs });
    const length = Number(response.headers.get('inference-header-content-length'));
    const body = Buffer.from(await response.arrayBuffer());
    const answer = JSON.parse(body.subarray(0, length).toString());
    const size = answer.outputs[0].parameters.binary_data_size;
    expect(body.readUInt32LE(length)).toBe(size - 4);
    expect(CLASSES).toContain(body.subarray(length + 4, length + size).toString());
    expect(answer.outputs[1]).toMatchObject({ shape: [1, 8], parameters: { binary_data_size: 32 } });
    const values = new Float32Array(new Uint8Array(body.subarray(length + size)).buffer);
    expect(values).toEqual(Float32Array.from(expected[0] ?? []));
  });

  it('counts crops as /v1/classify does', async () => {
    const best = CLASSES[expected[0]?.indexOf(Math.max(...(expected[0] ?? []))) ?? 0];
    const counted = () =>
      service.metric(`hemoserve_predictions_total{model="small",version="1.0.0",class="${best}"}`);
    const before = await counted();
    const data = [...(pixels[0] ?? [])];
    expect((await infer({ inputs: [{ ...crops(1), data }] }, [], `${INFER}?source=DM96`)).status).toBe(200);
    expect(await counted()).toBe(before + 1);
    expect(await service.metric('hemoserve_bytes_in_flight')).toBe(0);
  });

  const input = () => ({ ...crops(1), data: [...(pixels[0] ?? [])] });
  const elements = joinElements([Buffer.from('no image'), readFixture('cells/ig.jpg')]);
  it.each<[string, number, string, string, () => Promise<Response>]>([
    ['no input', 400, 'invalid_request', '0 inputs', () => infer({ inputs: [] })],
    ['two inputs', 400, 'invalid_request', '2 inputs', () => infer({ inputs: [input(), input()] })],
    [
      'no JSON',
      400,
      'invalid_request',
      'it is no JSON',
      () => service.request(INFER, { method: 'POST', body: '{' }),
    ],
    ['no body', 400, 'invalid_request', 'no body', () => service.request(INFER, { method: 'POST' })],
    [
      'another name',
      400,
      'invalid_request',
      'The input is x',
      () => infer({ inputs: [{ ...input(), name: 'x' }] }),
    ],
    [
      'another datatype',
      400,
      'invalid_request',
      'expected one input',
      () => infer({ inputs: [{ ...input(), datatype: 'FP32' }] }),
    ],
    [
      'another shape',
      400,
      'invalid_request',
      'expected one input',
      () => infer({ inputs: [{ ...input(), shape: [3, SIDE, SIDE, 1] }] }),
    ],
    [
      'a shape without crops',
      400,
      'invalid_request',
      'expected one input',
      () => infer({ inputs: [{ ...crops(0), data: [] }] }),
    ],
    [
      'too little data',
      400,
      'invalid_request',
      'crops has 2 values',
      () => infer({ inputs: [{ ...input(), data: [1, 2] }] }),
    ],
    [
      'values that are no uint8',
      400,
      'invalid_request',
      'the value 256',
      () => infer({ inputs: [{ ...input(), data: input().data.fill(256) }] }),
    ],
    [
      'too few bytes',
      400,
      'invalid_request',
      'crops has 3 bytes, not 3072',
      () => infer({ inputs: [{ ...crops(1), parameters: { binary_data_size: 3072 } }] }, [new Uint8Array(3)]),
    ],
    [
      'bytes of no tensor',
      400,
      'invalid_request',
      '5 bytes after the JSON',
      () => infer({ inputs: [input()] }, [new Uint8Array(5)]),
    ],
    [
      'an unknown output',
      400,
      'invalid_request',
      'no output logits',
      () => infer({ inputs: [input()], outputs: [{ name: 'logits' }] }),
    ],
    [
      'a blank crop',
      422,
      'blank_image',
      'shows nothing',
      () => infer({ inputs: [{ ...input(), data: input().data.fill(7) }] }),
    ],
    [
      'a file that is no image',
      422,
      'not_an_image',
      'Crop 0:',
      () =>
        infer({ inputs: [sized({ name: 'images', datatype: 'BYTES', shape: [2] }, elements)] }, [elements]),
    ],
    [
      'too many crops',
      413,
      'too_many_files',
      'at most 128',
      () => infer({ inputs: [sized(crops(129), new Uint8Array(129 * 3072))] }, [new Uint8Array(129 * 3072)]),
    ],
    [
      'a large body',
      413,
      'file_too_large',
      '10485760 bytes',
      () => infer({ inputs: [] }, [new Uint8Array(10_485_760)]),
    ],
    [
      'an unknown model',
      404,
      'unknown_model',
      'none',
      () => infer({ inputs: [input()] }, [], '/v2/models/none/infer'),
    ],
    [
      'a wrong parameter',
      400,
      'invalid_request',
      'timeoutMs',
      () => infer({ inputs: [input()] }, [], `${INFER}?timeoutMs=x`),
    ],
    [
      'a compressed body',
      415,
      'unsupported_content_encoding',
      'gzip',
      () => service.request(INFER, { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } }),
    ],
  ])('refuses %s with %i %s', async (_, status, code, words, send) => {
    const response = await send();
    const failure = (await response.json()) as Failure;
    expect([response.status, failure.code, failure.error]).toEqual([
      status,
      code,
      expect.stringContaining(words),
    ]);
    expect(Object.keys(failure)).toEqual(['error', 'code', 'requestId']);
    // What is being decoded goes on.
    await vi.waitFor(async () => expect(await service.metric('hemoserve_images_in_flight')).toBe(0));
  });

  it('reads every fixture format as /v1/classify does', async () => {
    for (const path of listFixtures('formats').slice(0, 12)) {
      const file = readFixture(path);
      const data = [file.toString('base64')];
      const response = await infer({ inputs: [{ name: 'images', datatype: 'BYTES', shape: [1], data }] });
      const here = await service.classify([upload(path)]);
      expect(response.status, path).toBe(here.status);
    }
  });
});

describe('under load', () => {
  let small: Service;
  afterEach(() => small.close());

  it('refuses what does not fit with 503 and Retry-After, and lets go of all it had', async () => {
    small = await startService({ modelsDir: registry.folder, maxImagesInFlight: 16 });
    const crop = await sharp(readFixture('cells/ig.jpg'))
      .resize(SIDE, SIDE, { fit: 'fill' })
      .raw()
      .toBuffer();
    const all = Buffer.concat(Array.from({ length: 8 }, () => crop));
    const { jsonLength, body } = joinBody({ inputs: [sized(crops(8), all)] }, [all]);
    const send = () =>
      small.request(INFER, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'inference-header-content-length': String(jsonLength) },
      });
    const responses = await Promise.all(Array.from({ length: 40 }, send));
    const statuses = new Set(responses.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 503]));
    for (const response of responses.filter(({ status }) => status === 503)) {
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await response.json()).toMatchObject({ code: 'overloaded' });
    }
    expect(await small.metric('hemoserve_images_in_flight')).toBe(0);
    expect(await small.metric('hemoserve_bytes_in_flight')).toBe(0);
    expect((await send()).status).toBe(200);
  });

  it('is not ready before its model is', async () => {
    small = await startService({ modelsDir: registry.folder }, { load: false });
    for (const path of ['/v2/health/ready', '/v2/models/small', '/v2/models/small/ready']) {
      const response = await small.request(path);
      expect([response.status, ((await response.json()) as Failure).code]).toEqual([503, 'not_ready']);
    }
    expect((await small.request('/v2/health/live')).status).toBe(200);
  });
});
