import type {} from 'fastify';
import fp from 'fastify-plugin';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Times every request by its route, never by its URL, which a client could make endless. */
export const metricsPlugin = fp(
  async (app) => {
    app.decorate('metrics', createMetrics());
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      app.metrics.requestDurationSeconds.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000,
      );
    });
  },
  { name: 'metrics' },
);
