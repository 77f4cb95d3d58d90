import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Settings } from '../settings/schema.js';
import { ROLES } from '../slides/vocabulary.js';

/** GET /v1/workbench: what a page for reviewers must know of the service. */
export const workbenchRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  app.get(
    '/v1/workbench',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'describeWorkbench',
        tags: ['slides'],
        summary: 'What a page for reviewers must know: classes, bounds, what is kept',
        response: {
          200: z.object({
            classes: z
              .array(z.object({ class: z.string(), role: z.enum(ROLES), display: z.string() }))
              .describe('What a crop can count as, in the order of the differential'),
            imagesKept: z.boolean().describe('Whether the images of crops are kept'),
            maxSlideCrops: z.int(),
            maxFileBytes: z.int(),
            person: z
              .object({ name: z.string() })
              .optional()
              .describe(
                "The caller's key or token: who does what is done with it. Absent where nobody is asked for one",
              ),
            grafanaUrl: z.string().optional().describe("Of Grafana's dashboard"),
          }),
        },
      },
    },
    async ({ caller }) => ({
      classes: Object.entries(app.slides.vocabulary.classes).map(([name, { role, display }]) => ({
        class: name,
        role,
        display: display ?? name,
      })),
      imagesKept: app.slides.images !== undefined,
      maxSlideCrops: settings.maxSlideCrops,
      maxFileBytes: settings.maxFileBytes,
      ...(caller && { person: { name: caller.name } }),
      ...(settings.grafanaUrl !== undefined && { grafanaUrl: settings.grafanaUrl }),
    }),
  );
};
