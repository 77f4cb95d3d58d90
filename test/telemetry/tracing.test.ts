import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLASSES, cells, upload } from '../support/fixtures.js';
import { answers, HttpReceiver } from '../support/http-receiver.js';
import { imageForm, type Service, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

interface OtlpRequest {
  resourceSpans: { resource: Pick<OtlpSpan, 'attributes'>; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const SERVER = 2;
const STAGES = ['read', 'preprocess_queue', 'preprocess', 'queue', 'inference', 'assess'];

/** The other end of OTLP over HTTP: keeps all spans. */
async function otlpReceiver() {
  const http = await new HttpReceiver(answers(200, {}, { 'content-type': 'application/json' })).listen();
  const requests = () => http.received.map(({ body }) => JSON.parse(body.toString()) as OtlpRequest);
  return {
    http,
    endpoint: `http://127.0.0.1:${http.port}`,
    requests,
    spans: (traceId: string) =>
      requests()
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .filter((span) => span.traceId === traceId),
  };
}

/** A caller's trace context (W3C). */
function caller({ sampled = true } = {}) {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-0${sampled ? 1 : 0}` };
}

const valuesOf = ({ attributes }: Pick<OtlpSpan, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

describe('traces', () => {
  let receiver: Awaited<ReturnType<typeof otlpReceiver>>;
  let service: Service;
  beforeAll(async () => {
    // While it is off nothing of it is loaded.
    const off = await startService({}, { load: false });
    await off.close();
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    expect(loaded.filter((path) => /@opentelemetry\/(sdk|core|exporter|otlp)/.test(path))).toEqual([]);
    receiver = await otlpReceiver();
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '100');
    service = await startService({ otlpEndpoint: receiver.endpoint });
  });
  afterAll(async () => {
    await service.close();
    await receiver.http.close();
    vi.unstubAllEnvs();
  });

  /** The spans of a request, once they have been sent. */
  async function spansOf(traceId: string, count: number): Promise<OtlpSpan[]> {
    await vi.waitFor(() => expect(receiver.spans(traceId).length).toBeGreaterThanOrEqual(count), 10_000);
    return receiver.spans(traceId);
  }

  it("a request is a child of its caller's span, and its stages are its children", async () => {
    const { traceId, spanId, traceparent } = caller();
    const response = await service.classify(cells(), '', {
      headers: { traceparent, 'x-request-id': 'slide-7' },
    });
    expect(response.status).toBe(200);
    const spans = await spansOf(traceId, 1 + 5 * CLASSES.length + 1);
    const [server] = spans.filter(({ kind }) => kind === SERVER) as [OtlpSpan];
    expect(server).toMatchObject({ name: 'POST /v1/classify', parentSpanId: spanId });
    expect(valuesOf(server)).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/classify',
      'http.response.status_code': 200,
      'hemoserve.request_id': 'slide-7',
      'hemoserve.images': CLASSES.length,
    });
    const stages = spans.filter((span) => span !== server);
    expect(new Set(stages.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([server.spanId]));
    expect([...new Set(stages.map(({ name }) => name))].sort()).toEqual([...STAGES].sort());
    for (const stage of STAGES.filter((name) => name !== 'inference')) {
      expect(
        stages.filter(({ name }) => name === stage),
        stage,
      ).toHaveLength(CLASSES.length);
    }
    // Each lies within the request, on one clock.
    for (const { name, startTimeUnixNano, endTimeUnixNano } of stages) {
      expect(BigInt(startTimeUnixNano) >= BigInt(server.startTimeUnixNano) - 2_000_000n, name).toBe(true);
      expect(BigInt(endTimeUnixNano) <= BigInt(server.endTimeUnixNano) + 2_000_000n, name).toBe(true);
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name).toBe(true);
    }
    const batches = stages.filter(({ name }) => name === 'inference');
    const crops = batches.map((batch) => Number(valuesOf(batch)['hemoserve.batch_size']));
    expect(crops.reduce((sum, size) => sum + size)).toBe(CLASSES.length);
  });

  it('crops of two requests in one batch are each in their own trace', async () => {
    const callers = [caller(), caller()];
    await Promise.all(
      callers.map(({ traceparent }) => service.classify(cells(), '', { headers: { traceparent } })),
    );
    for (const { traceId } of callers) {
      const spans = await spansOf(traceId, 1 + 5 * CLASSES.length + 1);
      expect(spans.filter(({ name }) => name === 'queue')).toHaveLength(CLASSES.length);
    }
  });

  it('a failed request bears the code of its error', async () => {
    const { traceId, traceparent } = caller();
    await service.classify([upload('formats/text.jpg')], '', { headers: { traceparent } });
    const [server] = (await spansOf(traceId, 1)).filter(({ kind }) => kind === SERVER) as [OtlpSpan];
    expect(valuesOf(server)).toMatchObject({
      'error.type': 'not_an_image',
      'http.response.status_code': 422,
    });
  });

  it('what the caller does not sample is not sent, and a wrong traceparent begins a new trace', async () => {
    const unsampled = caller({ sampled: false });
    const sampled = caller();
    for (const traceparent of [unsampled.traceparent, 'nonsense', sampled.traceparent]) {
      expect(
        (await service.classify([upload('cells/ig.jpg')], '', { headers: { traceparent } })).status,
      ).toBe(200);
    }
    await spansOf(sampled.traceId, 1);
    expect(receiver.spans(unsampled.traceId)).toEqual([]);
  });
});

describe('the process with traces', { timeout: 60_000 }, () => {
  it('logs the ids of each trace, obeys the OTEL_ variables, and sends what is left when it stops', async () => {
    const receiver = await otlpReceiver();
    const service = new ServiceProcess({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=haematology',
      OTEL_SERVICE_NAME: 'hemoserve-north',
      // Longer than this test: only the stop sends.
      OTEL_BSP_SCHEDULE_DELAY: '100000',
    });
    const url = await service.url();
    await service.line('model ready');
    const { traceId, traceparent } = caller();
    const body = imageForm([upload('cells/ig.jpg')]);
    await fetch(`${url}/v1/classify`, { method: 'POST', body, headers: { traceparent } });
    const line = await service.line('request');
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    const [server] = receiver.spans(traceId).filter(({ kind }) => kind === SERVER) as [OtlpSpan];
    expect(line).toMatchObject({ trace_id: traceId, span_id: server.spanId });
    expect(valuesOf(server)['hemoserve.request_id']).toBe(line.requestId);
    expect(receiver.http.received[0]).toMatchObject({
      path: '/v1/traces',
      headers: expect.objectContaining({ 'x-tenant': 'haematology' }),
    });
    const resource = receiver.requests()[0]?.resourceSpans[0]?.resource;
    expect(resource && valuesOf(resource)).toMatchObject({ 'service.name': 'hemoserve-north' });
    await receiver.http.close();
  });

  it('serves and stops while the receiver does not answer', async () => {
    const receiver = await new HttpReceiver(() => {}).listen();
    const service = new ServiceProcess({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.port}`,
      OTEL_BSP_EXPORT_TIMEOUT: '1000',
    });
    const url = await service.url();
    await service.line('model ready');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    await receiver.close();
  });
});
