import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { toReport } from './answers.js';
import { rendererFor } from './negotiation.js';
import { RENDERERS } from './renderers.js';
import { reportSchema, slideIdSchema } from './schemas.js';

/** GET /v1/slides/:id: all of a slide, in the format that the client wants. */
export const readSlideRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  app.get(
    '/v1/slides/:id',
    {
      schema: {
        operationId: 'getSlide',
        tags: ['slides'],
        summary: 'A slide with its crops and its differential',
        params: slideIdSchema,
        querystring: z.strictObject({
          format: z
            .enum(['json', ...RENDERERS.map(({ format }) => format)])
            .optional()
            .describe('In place of the Accept header'),
        }),
        response: {
          200: {
            description: 'The slide',
            content: {
              'application/json': { schema: reportSchema },
              ...Object.fromEntries(RENDERERS.map(({ mediaType }) => [mediaType, { schema: z.string() }])),
            },
          },
          ...problemResponses('invalid_request', 'unknown_slide', 'not_acceptable', 'store_unavailable'),
        },
      },
    },
    async (request, reply) => {
      const renderer = rendererFor(request, request.query.format);
      const store = await app.slides.store();
      const report = await app.slides.report(await store.read('readSlide', { id: request.params.id }));
      reply.header('vary', 'accept');
      if (!renderer) return toReport(report) as never;
      const { mediaType, contentType = mediaType } = renderer;
      // The types know one schema a status, the JSON one.
      return reply.type(contentType).send((await renderer.render(report, settings)) as never);
    },
  );
};
