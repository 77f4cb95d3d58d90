import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import { toReport } from './answers.js';
import { rendererFor } from './negotiation.js';
import { RENDERERS, render } from './renderers.js';
import { reportSchema, slideIdSchema } from './schemas.js';

const FORMATS = RENDERERS.map(({ name, description }) => `\`${name}\`: ${description}`).join('; ');

/** GET /v1/slides/:id: all of a slide, in the format that the client wants. */
export const readSlideRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/slides/:id',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getSlide',
        tags: ['slides'],
        summary: 'A slide with its crops and its differential',
        params: slideIdSchema,
        querystring: z.strictObject({
          format: z
            .enum(['json', ...RENDERERS.map(({ name }) => name)])
            .optional()
            .describe(`In place of the Accept header. ${FORMATS}`),
        }),
        response: {
          200: {
            description: 'The slide',
            content: { 'application/json': { schema: reportSchema }, ...lisContent() },
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
      const { contentType, body } = render(renderer, report, app.lis);
      // The types know one schema a status, the JSON one.
      return reply.type(contentType).send(body as never);
    },
  );
};

/** Documents by their media types, of which some have several formats. */
function lisContent() {
  const texts = RENDERERS.map(({ mediaType }) => {
    const formats = RENDERERS.filter((format) => format.mediaType === mediaType);
    const content = mediaType.endsWith('json') ? z.looseObject({}) : z.string();
    return [
      mediaType,
      { schema: content.describe(formats.map(({ description }) => description).join('; ')) },
    ];
  });
  return Object.fromEntries(texts);
}
