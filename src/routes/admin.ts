import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../errors/responses.js';
import { requireToken } from './admin-token.js';

const modelNameSchema = z.object({ name: z.string(), version: z.string() });

const reloadSchema = z.object({
  default: modelNameSchema.describe('Answers requests that name no model'),
  loaded: z.array(modelNameSchema).describe('New: loaded, checked and warm'),
  retired: z
    .array(modelNameSchema)
    .describe('No longer served; closed when the requests that use them are done'),
  kept: z.array(modelNameSchema).describe('Served before and after'),
});

/** POST /admin/reload, for whoever has the token. */
export const adminRoutes: FastifyPluginAsyncZod<{ token: string }> = async (app, { token }) => {
  app.addHook('onRequest', requireToken(token));

  app.post(
    '/admin/reload',
    {
      schema: {
        operationId: 'reload',
        tags: ['operation'],
        summary: 'Read the registry again and serve what is new',
        description:
          'The service loads, checks and warms what is new beside what is served. Then it exchanges everything at ' +
          'once. No request fails. If anything is refused, nothing changes. The route is there only with ' +
          'HEMOSERVE_ADMIN_TOKEN.',
        security: [{ adminToken: [] }],
        response: { 200: reloadSchema, ...problemResponses('unauthorized', 'reload_failed', 'not_ready') },
      },
    },
    () => app.modelHost.reload(),
  );
};
