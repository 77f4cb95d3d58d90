import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLASSES, cells, upload } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';

describe('before its model is loaded', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({}, { load: false });
  });
  afterAll(() => service.close());

  it('the service lives, but is not ready', async () => {
    expect((await service.request('/livez')).status).toBe(200);
    for (const path of ['/readyz', '/v1/models']) {
      const response = await service.request(path);
      expect(response.status, path).toBe(503);
      expect(response.headers.get('retry-after'), path).toBe('1');
      expect(await response.json()).toMatchObject({ code: 'not_ready' });
    }
    const response = await service.classify([upload('cells/ig.jpg')]);
    expect(await response.json()).toMatchObject({ code: 'not_ready', status: 503 });
  });

  it('is ready when it is loaded, and no more once it stops', async () => {
    await service.app.modelHost.load();
    expect((await service.request('/readyz')).status).toBe(200);
    service.app.stop.abort();
    expect((await service.request('/readyz')).status).toBe(503);
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(503);
    expect((await service.request('/livez')).status).toBe(200);
  });
});

describe('while it serves', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  it('GET /v1/models lists the registry', async () => {
    const { models } = (await (await service.request('/v1/models')).json()) as {
      models: Record<string, unknown>[];
    };
    const { manifest } = service.app.modelHost.classifier().model;
    expect(models.filter((model) => model.default)).toEqual([
      expect.objectContaining({
        name: manifest.name,
        version: manifest.version,
        served: true,
        classes: CLASSES,
        accuracy: manifest.metrics.accuracy,
        engine: expect.objectContaining({ name: 'onnxruntime', device: 'cpu' }),
      }),
    ]);
  });

  it('GET /v1/models/:name/versions/:version gives the manifest, whole', async () => {
    const { manifest } = service.app.modelHost.classifier().model;
    const response = await service.request(`/v1/models/${manifest.name}/versions/${manifest.version}`);
    expect(await response.json()).toEqual(manifest);
  });

  it('GET /metrics counts requests, stages, batches, predictions and errors', async () => {
    const before = await sumOf('hemoserve_predictions_total');
    const batchesBefore = await service.metric('hemoserve_batch_size_sum');
    expect((await service.classify(cells())).status).toBe(200);
    expect((await service.classify([upload('formats/text.jpg')])).status).toBe(422);
    expect(await sumOf('hemoserve_predictions_total')).toBe(before + 8);
    expect(await service.metric('hemoserve_batch_size_sum')).toBe(batchesBefore + 8);
    expect(await service.metric('hemoserve_errors_total{code="not_an_image"}')).toBe(1);
    const { name, version } = service.app.modelHost.classifier().model.manifest;
    const stageCount = (stage: string) =>
      service.metric(`hemoserve_stage_duration_seconds_count{model="${name}",stage="${stage}"}`);
    for (const stage of ['read', 'preprocess', 'queue', 'inference']) {
      expect(await stageCount(stage), stage).toBeGreaterThan(0);
    }
    // One crop of each view, whatever the batches.
    expect(await stageCount('queue')).toBe(await service.metric('hemoserve_batch_size_sum'));
    expect(await service.metric(`hemoserve_batch_size_count{model="${name}"}`)).toBeGreaterThan(0);
    const request = 'hemoserve_http_request_duration_seconds_count{method="POST",route="/v1/classify"';
    expect(await service.metric(`${request},status="200"`)).toBe(1);
    expect(await service.metric(`${request},status="422"`)).toBe(1);
    expect(await service.metric(`hemoserve_model_info{model="${name}",version="${version}"`)).toBe(1);
    expect(await service.metric('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  it('GET /metrics shows how many crops wait', async () => {
    const { name } = service.app.modelHost.classifier().model.manifest;
    const waiting = (stage: string) =>
      service.metric(`hemoserve_queue_length{model="${name}",stage="${stage}"}`);
    const answer = service.classify(Array.from({ length: 8 }, cells).flat());
    await expect.poll(() => waiting('preprocess_queue'), { interval: 1 }).toBeGreaterThan(0);
    await expect.poll(() => waiting('queue'), { interval: 1 }).toBeGreaterThan(0);
    expect((await answer).status).toBe(200);
    expect(await (await service.request('/metrics')).text()).toContain(
      `hemoserve_queue_length{model="${name}",stage="queue"} 0\n`,
    );
  });

  it('an unknown path makes no metric of its own', async () => {
    await service.request('/patient/jane-doe');
    expect(await (await service.request('/metrics')).text()).not.toContain('jane-doe');
  });

  it('GET /openapi.yaml describes every route', async () => {
    const response = await service.request('/openapi.yaml');
    expect(response.headers.get('content-type')).toContain('yaml');
    const { openapi, paths } = parse(await response.text()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths).sort()).toEqual([
      '/livez',
      '/metrics',
      '/openapi.yaml',
      '/readyz',
      '/v1/classify',
      '/v1/labels',
      '/v1/models',
      '/v1/models/{name}/versions/{version}',
      '/v1/models/{name}/versions/{version}/examples/{class}/{number}',
      '/v1/models/{name}/versions/{version}/figures',
      '/v1/outbox',
      '/v1/slides',
      '/v1/slides/whole',
      '/v1/slides/{id}',
      '/v1/slides/{id}/claim',
      '/v1/slides/{id}/complete',
      '/v1/slides/{id}/crops',
      '/v1/slides/{id}/crops/{crop}/image',
      '/v1/slides/{id}/events',
      '/v1/slides/{id}/release',
      '/v1/slides/{id}/review',
      '/v1/slides/{id}/verify',
      '/v1/sources',
      '/v1/workbench',
      '/v2',
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/{name}',
      '/v2/models/{name}/infer',
      '/v2/models/{name}/ready',
      '/v2/models/{name}/versions/{version}',
      '/v2/models/{name}/versions/{version}/infer',
      '/v2/models/{name}/versions/{version}/ready',
    ]);
  });

  it('GET /docs shows Swagger UI', async () => {
    const response = await service.request('/docs');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('swagger-ui');
  });

  /** Sum over all lines of a metric. */
  async function sumOf(name: string): Promise<number> {
    const text = await (await service.request('/metrics')).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
});
