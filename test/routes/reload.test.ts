import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLASSES, cells, readFixture, upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { type Service, startService } from '../support/service.js';

const TOKEN = 'a-token-of-the-tests';

interface Answer {
  model: { name: string; version: string };
  results: { class: string }[];
}

let registry: GeneratedRegistry;
let service: Service;
beforeEach(async () => {
  registry = new GeneratedRegistry();
  await registry.add('small@1.0.0', { says: 'ig' });
  await registry.add('other@2.0.0', { says: 'basophil' });
  registry.setDefault('small@1.0.0');
  service = await startService({
    modelsDir: registry.folder,
    models: ['default', 'other'],
    adminToken: TOKEN,
  });
});
afterEach(async () => {
  await service.close();
  registry.dispose();
});

function reload(): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return service.request('/admin/reload', { method: 'POST', headers });
}

async function classify(query = ''): Promise<Answer> {
  const response = await service.classify(cells(), query);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe('POST /admin/reload', () => {
  it('says what it changed, and so do the registry and the metrics', async () => {
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    const response = await reload();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      default: { name: 'small', version: '1.1.0' },
      loaded: [{ name: 'small', version: '1.1.0' }],
      retired: [{ name: 'small', version: '1.0.0' }],
      kept: [{ name: 'other', version: '2.0.0' }],
    });
    expect(await classify()).toMatchObject({ model: { name: 'small', version: '1.1.0' } });
    const { models } = (await (await service.request('/v1/models')).json()) as {
      models: Record<string, unknown>[];
    };
    const engine = expect.objectContaining({ name: 'onnxruntime' });
    expect(models).toEqual([
      expect.objectContaining({ name: 'other', default: false, served: true, engine }),
      expect.not.objectContaining({ engine: expect.anything() }),
      expect.objectContaining({ version: '1.1.0', default: true, served: true, engine }),
    ]);
    expect(models[1]).toMatchObject({ version: '1.0.0', default: false, served: false });
    expect(models[0]?.memoryMiB).toBeGreaterThan(0);
    expect(await service.metric('hemoserve_model_info{model="small",version="1.0.0"')).toBe(0);
    expect(await service.metric('hemoserve_model_info{model="small",version="1.1.0"')).toBe(1);
    expect(await service.metric('hemoserve_model_info{model="other",version="2.0.0"')).toBe(1);
    expect(await service.metric('hemoserve_reloads_total{outcome="succeeded"}')).toBe(1);
    expect(await service.metric('hemoserve_reloads_total{outcome="failed"}')).toBe(0);
  });

  it('answers why a model is refused, and what was served stays', async () => {
    await registry.add('small@1.1.0', { says: 'monocyte', onnx: 'damaged' });
    registry.setDefault('small@1.1.0');
    const response = await reload();
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'reload_failed',
      detail: expect.stringMatching(/^model small@1\.1\.0 refused: model\.onnx: has 7 bytes/),
    });
    expect(await classify()).toMatchObject({ model: { name: 'small', version: '1.0.0' } });
    expect((await service.request('/readyz')).status).toBe(200);
    expect(await service.metric('hemoserve_model_info{model="small",version="1.0.0"')).toBe(1);
    expect(await service.metric('hemoserve_reloads_total{outcome="failed"}')).toBe(1);
  });

  it('answers 503 when the service stops', async () => {
    service.app.stop.abort();
    expect(await (await reload()).json()).toMatchObject({ code: 'not_ready', status: 503 });
  });
});

describe('a reload under load', { timeout: 120_000 }, () => {
  it('fails not one request, and each answer is from one version', async () => {
    const said = new Map([['1.0.0', 'ig']]);
    const answers: Answer[] = [];
    let going = true;
    const clients = Array.from({ length: 4 }, async (_, client) => {
      while (going) answers.push(await classify(client === 0 ? '?model=other' : ''));
    });
    for (let round = 1; round <= 4; round++) {
      const [version, says = ''] = [`1.${round}.0`, CLASSES[round]];
      said.set(version, says);
      await registry.add(`small@${version}`, { says });
      registry.setDefault(`small@${version}`);
      // Each second one is refused and must not be noticed.
      if (round % 2 === 0) registry.write(`small/${version}/model.onnx`, 'damaged');
      expect((await reload()).status).toBe(round % 2 === 0 ? 409 : 200);
    }
    going = false;
    await Promise.all(clients);
    const versions = new Set<string>();
    for (const { model, results } of answers) {
      const expected = model.name === 'other' ? 'basophil' : said.get(model.version);
      expect(new Set(results.map((result) => result.class))).toEqual(new Set([expected]));
      if (model.name === 'small') versions.add(model.version);
    }
    expect([...versions]).toEqual(expect.arrayContaining(['1.0.0', '1.1.0', '1.3.0']));
    expect(versions).not.toContain('1.2.0');
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
  });

  it('lets an upload that began before it end with the old version', async () => {
    const uploading = httpRequest({
      port: service.port,
      path: '/v1/classify',
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    const responded = once(uploading, 'response');
    const partHeader = '\r\n--x\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';
    uploading.write(partHeader);
    uploading.write(readFixture('cells/ig.jpg'));
    // The next header ends the first file.
    uploading.write(partHeader);
    // That one is classified then, so that nothing of this request is in work.
    await expect.poll(() => service.metric('hemoserve_predictions_total{model="small"')).toBe(1);
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    expect((await reload()).status).toBe(200);
    expect(await (await service.classify([upload('cells/ig.jpg')])).json()).toMatchObject({
      model: { version: '1.1.0' },
    });
    uploading.write(readFixture('cells/monocyte.jpg'));
    uploading.end('\r\n--x--\r\n');
    const [response] = await responded;
    expect(response.statusCode).toBe(200);
    expect(await json(response)).toMatchObject({
      model: { version: '1.0.0' },
      results: [{ class: 'ig' }, { class: 'ig' }],
    });
  });
});
