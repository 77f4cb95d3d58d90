import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../errors/responses.js';

/** GET /v1/labels: what the next model could learn from. */
export const labelsRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/labels',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'countLabels',
        tags: ['slides'],
        summary: 'Crops of verified slides by class: labels that a person answers for',
        response: {
          200: z.object({
            classes: z.array(
              z.object({
                class: z.string(),
                count: z.int(),
                corrected: z.int().describe('Those of them of which the model said something else'),
              }),
            ),
          }),
          ...problemResponses('store_unavailable'),
        },
      },
    },
    async () => {
      const counts = await (await app.slides.store()).read('countLabels', {});
      const order = Object.keys(app.slides.vocabulary.classes);
      return { classes: counts.toSorted((a, b) => order.indexOf(a.class) - order.indexOf(b.class)) };
    },
  );
};
