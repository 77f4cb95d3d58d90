import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ServiceError } from '../errors/problem.js';
import { problemResponses } from '../errors/responses.js';

const modelNameSchema = z.object({ name: z.string(), version: z.string() });

const reloadSchema = z.object({
  default: modelNameSchema.describe('Answers requests that name no model'),
  loaded: z.array(modelNameSchema).describe('New: loaded, checked and warm'),
  retired: z
    .array(modelNameSchema)
    .describe('No longer served; closed when the requests that use them are done'),
  kept: z.array(modelNameSchema).describe('Served before and after'),
});

/** POST /admin/reload. */
export const adminRoutes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/admin/reload',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'reload',
        tags: ['operation'],
        summary: 'Read the keys and the registry again, and serve what is new',
        description:
          'The service loads, checks and warms what is new beside what is served. Then it exchanges everything at ' +
          'once. No request fails. If anything is refused, nothing changes. The keys come first: they are in effect ' +
          'even if a model is refused. The route is there only with HEMOSERVE_ADMIN_TOKEN or keys.',
        response: { 200: reloadSchema, ...problemResponses('reload_failed', 'not_ready') },
      },
    },
    async () => {
      await app.auth.reload().catch((error: Error) => {
        throw new ServiceError('reload_failed', error.message, { cause: error });
      });
      return app.modelHost.reload();
    },
  );
};
