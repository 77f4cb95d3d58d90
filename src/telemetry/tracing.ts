import type { IncomingHttpHeaders } from 'node:http';
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import type { StageTime } from './stages.js';

/** Most spans of stages in one trace: a request may have any number of crops, and no viewer shows so many. */
const MAX_STAGES = 1000;

/** What a request came to. */
export interface RequestEnd {
  status: number;
  images?: number | undefined;
  /** Code of the error that it ended with. */
  code?: string | undefined;
}

interface Followed {
  span: Span;
  stages: number;
}

/**
 * Spans of requests and of the stages of their crops, sent over OTLP (HTTP, JSON). The standard `OTEL_` variables set
 * the rest: sampling, name and attributes of the service, headers, certificates, batches.
 */
export class Tracer {
  readonly #provider: BasicTracerProvider;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #bySignal = new WeakMap<AbortSignal, Followed>();

  /** @param endpoint base URL of the receiver, to which `/v1/traces` is added. */
  constructor(endpoint: string, version: string) {
    const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
    const own = resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'hemoserve', [ATTR_SERVICE_VERSION]: version });
    this.#provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(own)
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
    });
  }

  /**
   * The span of a request, a child of what its `traceparent` names. Its name is the route's, never the URL, which may
   * carry a patient's id.
   */
  start(method: string, route: string | undefined, requestId: string, headers: IncomingHttpHeaders): Span {
    const parent = this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const attributes = {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      ...(route !== undefined && { [ATTR_HTTP_ROUTE]: route }),
      'hemoserve.request_id': requestId,
    };
    const name = route === undefined ? method : `${method} ${route}`;
    return this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  }

  end(span: Span, { status, images, code }: RequestEnd): void {
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    if (images !== undefined) span.setAttribute('hemoserve.images', images);
    if (code !== undefined) span.setAttribute(ATTR_ERROR_TYPE, code);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** From now on stages with this signal are children of the span. */
  follow(span: Span, signal: AbortSignal): void {
    if (span.isRecording()) this.#bySignal.set(signal, { span, stages: 0 });
  }

  stage({ stage, startMs, endMs, signal, batchSize }: StageTime): void {
    const followed = signal && this.#bySignal.get(signal);
    if (!followed) return;
    followed.stages += 1;
    if (followed.stages > MAX_STAGES) {
      followed.span.setAttribute('hemoserve.stages_left_out', followed.stages - MAX_STAGES);
      return;
    }
    const attributes = batchSize === undefined ? {} : { 'hemoserve.batch_size': batchSize };
    this.#tracer
      .startSpan(stage, { startTime: startMs, attributes }, trace.setSpan(ROOT_CONTEXT, followed.span))
      .end(endMs);
  }

  /** Sends what is left. */
  close(): Promise<void> {
    return this.#provider.shutdown();
  }

  get #tracer() {
    return this.#provider.getTracer('hemoserve');
  }
}
