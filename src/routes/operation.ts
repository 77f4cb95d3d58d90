import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../errors/responses.js';

const statusSchema = z.object({ status: z.literal('ok') });
const tags = ['operation'];

/** What operators and orchestrators ask: /livez, /readyz, /metrics and /openapi.yaml. */
export const operationRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/livez',
    {
      config: { scope: 'open' },
      schema: { operationId: 'live', tags, summary: 'The process answers', response: { 200: statusSchema } },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'ready',
        tags,
        summary: 'The models are loaded, checked and warm',
        response: { 200: statusSchema, ...problemResponses('not_ready', 'engine_unavailable') },
      },
    },
    async () => {
      app.modelHost.classifier().session.ensureAvailable();
      return { status: 'ok' as const };
    },
  );

  app.get(
    '/metrics',
    {
      config: { scope: 'metrics' },
      schema: {
        operationId: 'metrics',
        tags,
        summary: 'Metrics in the Prometheus text format',
        response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      reply.type(app.metrics.registry.contentType);
      return app.metrics.registry.metrics();
    },
  );

  app.get(
    '/openapi.yaml',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'openapi',
        tags,
        summary: 'This document',
        response: {
          200: { description: 'OpenAPI 3.1', content: { 'application/yaml': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => {
      reply.type('application/yaml');
      return app.swagger({ yaml: true });
    },
  );
};
