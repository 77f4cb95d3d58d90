import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { fileTypeFromBuffer } from 'file-type';
import { z } from 'zod';
import { ServiceError } from '../errors/problem.js';
import { problemResponses } from '../errors/responses.js';
import { adaptationSchema, readAdaptation } from '../registry/adaptation.js';
import { evaluationSchema, readEvaluation } from '../registry/evaluation.js';
import { readExample } from '../registry/examples.js';

const MOST_EXAMPLES = 12;
const versionSchema = z.object({
  name: z.string().describe('Name of the model'),
  version: z.string().describe('Version of the model'),
});
const ERRORS = ['unknown_model', 'unknown_version', 'not_ready'] as const;

/** What a person looks at to judge a version: how it was evaluated, and crops that it learnt from. */
export const modelFiguresRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/models/:name/versions/:version/figures',
    {
      config: { scope: ['classify', 'read'] },
      schema: {
        operationId: 'getFigures',
        tags: ['models'],
        summary: 'How a version was evaluated, and what adapting it brought, where that is known',
        params: versionSchema,
        response: {
          200: z.object({
            evaluation: evaluationSchema
              .optional()
              .describe("Of `evaluation.json` in the version's folder, which `npm run evaluate` writes"),
            adaptation: adaptationSchema.optional().describe('Of a version that `npm run adapt` made'),
          }),
          ...problemResponses(...ERRORS),
        },
      },
    },
    async ({ params: { name, version } }) => {
      const found = app.modelHost.registry().find(name, version);
      const [evaluation, adaptation] = await Promise.all([
        readEvaluation(found.folder),
        readAdaptation(found),
      ]);
      return { ...(evaluation && { evaluation }), ...(adaptation && { adaptation }) };
    },
  );

  app.get(
    '/v1/models/:name/versions/:version/examples/:class/:number',
    {
      config: { scope: ['classify', 'read'] },
      schema: {
        operationId: 'getExample',
        tags: ['models'],
        summary: 'A crop of a class that the version was trained on',
        description: "From the version's replay set, whose licence the manifest names.",
        params: versionSchema.extend({
          class: z.string().describe('Name of the class'),
          number: z.coerce.number().int().min(1).max(MOST_EXAMPLES).describe('Which one'),
        }),
        response: {
          200: { description: 'The image', content: { 'image/*': { schema: z.any() } } },
          ...problemResponses('invalid_request', ...ERRORS, 'unknown_image'),
        },
      },
    },
    async ({ params: { name, version, class: className, number } }, reply) => {
      const found = app.modelHost.registry().find(name, version);
      const image = await readExample(found, className, number);
      if (!image) throw new ServiceError('unknown_image', `${name}@${version} has no such crop.`);
      const type = await fileTypeFromBuffer(image);
      // A version never changes.
      reply.header('cache-control', 'private, max-age=86400');
      return reply.type(type?.mime ?? 'application/octet-stream').send(image as never);
    },
  );
};
