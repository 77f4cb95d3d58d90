import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { QUANTITIES } from '../trust/drift/quantities.js';
import { WINDOW } from '../trust/drift/source-window.js';
import { sourceStatusSchema } from './classify/source.js';

const sourceSchema = sourceStatusSchema.extend({
  model: z.object({ name: z.string(), version: z.string() }),
  seen: z.int().describe('Crops since the service watches it'),
  lastSeenAt: z.iso.datetime(),
  classes: z.object({
    shares: z.record(z.string(), z.number()).describe('Of the predicted classes'),
    stabilityIndex: z
      .number()
      .describe("Population stability index against the reference's shares; a ward's mix is no fault"),
  }),
  quantities: z.array(
    z.object({
      quantity: z.enum(QUANTITIES),
      n: z.int().describe('Crops that it is of'),
      kolmogorovSmirnov: z.number().describe('Distance from the reference, 0 to 1'),
      limit: z.number().describe('What the distance does not reach while crops are as usual'),
      stabilityIndex: z.number().describe('Population stability index'),
      shifted: z.boolean(),
    }),
  ),
});

/** GET /v1/sources: how the analyzers' crops stand against what the models know. */
export const sourcesRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/sources',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listSources',
        tags: ['sources'],
        summary: 'How the crops of each analyzer stand against what its model knows',
        description:
          `The last ${WINDOW} crops of each source, as its requests name it in \`X-Source\` or \`source\`. Each process ` +
          'watches for itself. A shift does not change readiness.',
        response: { 200: z.object({ sources: z.array(sourceSchema) }) },
      },
    },
    async () => ({
      sources: app.sources.reports().map((report) => ({ ...report, shifted: [...report.shifted] })),
    }),
  );
};
