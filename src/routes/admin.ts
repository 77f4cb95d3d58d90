import { createHash, timingSafeEqual } from 'node:crypto';
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

/** POST /admin/reload, for whoever has the token. */
export const adminRoutes: FastifyPluginAsyncZod<{ token: string }> = async (app, { token }) => {
  app.addHook('onRequest', async (request, reply) => {
    if (isAuthorized(request.headers.authorization, token)) return;
    reply.header('www-authenticate', 'Bearer realm="hemoserve"');
    throw new ServiceError('unauthorized', 'The request needs the bearer token of this service.');
  });

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

/** Compares in a time that says nothing of the token (RFC 6750 for the header). */
function isAuthorized(header: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
