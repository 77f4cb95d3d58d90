import type { Span } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ERRORS } from '../errors/codes.js';
import type { Settings } from '../settings/schema.js';
import { version } from '../settings/version.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where requests are traced. */
    tracing?: Tracing;
  }
}

interface Tracing {
  /** The stages that are timed with this signal belong to the request. */
  follow(request: FastifyRequest, signal: AbortSignal): void;
}

/**
 * A trace of each request, where OTEL_EXPORTER_OTLP_ENDPOINT is set; else nothing of OpenTelemetry's SDK is loaded. Log
 * lines of a request then bear the ids of its trace.
 */
export const tracingPlugin = fp<{ settings: Settings }>(
  async (app, { settings: { otlpEndpoint } }) => {
    if (!otlpEndpoint) return;
    const { Tracer } = await import('../telemetry/tracing.js');
    const tracer = new Tracer(otlpEndpoint, version);
    const spans = new WeakMap<FastifyRequest, Span>();
    app.metrics.onStage = (time) => tracer.stage(time);
    app.decorate('tracing', {
      follow(request: FastifyRequest, signal: AbortSignal) {
        const span = spans.get(request);
        if (span) tracer.follow(span, signal);
      },
    });
    app.addHook('onRequest', async (request, reply) => {
      const { method, routeOptions, id, headers } = request;
      const span = tracer.start(method, routeOptions.url, id, headers);
      spans.set(request, span);
      bindLog(request, reply, span);
      // Also of an answer that the client does not wait for.
      reply.raw.once('close', () => {
        const { imageCount: images, errorCode: code } = request;
        const status = reply.raw.writableFinished ? reply.statusCode : ERRORS.client_closed_request.status;
        tracer.end(span, { status, images, code });
      });
    });
    app.addHook('onClose', () => tracer.close().catch((error) => app.log.warn(error, 'traces are lost')));
  },
  // The log's own end of a request comes first: it says what the request ended with.
  { name: 'tracing', dependencies: ['metrics', 'request-log'] },
);

/** By OpenTelemetry's names for logs that are not sent over OTLP. */
function bindLog(request: FastifyRequest, reply: FastifyReply, span: Span): void {
  const { traceId, spanId } = span.spanContext();
  const log = request.log.child({ trace_id: traceId, span_id: spanId });
  request.log = log;
  reply.log = log;
}
