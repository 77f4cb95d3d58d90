import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../errors/responses.js';
import { manifestSchema } from '../registry/manifest.js';
import { PRECISIONS } from '../vocabulary/precisions.js';

const modelSchema = z.object({
  name: z.string(),
  version: z.string(),
  default: z.boolean().describe('Used when a request names no model'),
  served: z.boolean().describe('Loaded, checked and warm in this process'),
  classes: z.array(z.string()),
  accuracy: manifestSchema.shape.metrics.shape.accuracy,
  memoryMiB: z
    .int()
    .nonnegative()
    .optional()
    .describe('Memory that it was measured to take, if it is served'),
  engine: z
    .object({
      name: z.string(),
      version: z.string(),
      device: z.enum(['cpu', 'gpu', 'remote']),
      threads: z.int(),
      precision: z.enum(PRECISIONS),
    })
    .optional()
    .describe('What runs the model, if it is served'),
  views: z.int().optional().describe('Views of each crop that are averaged, if it is served'),
});

const skippedSchema = z.object({
  folder: z.string().describe('Its path in the registry'),
  reason: z.string(),
});

/** GET /v1/models and GET /v1/models/:name/versions/:version: what the registry holds. */
export const modelsRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/models',
    {
      config: { scope: ['classify', 'read'] },
      schema: {
        operationId: 'listModels',
        tags: ['models'],
        summary: 'All models and versions of the registry',
        response: {
          200: z.object({
            models: z.array(modelSchema),
            skipped: z
              .array(skippedSchema)
              .describe(
                'Folders that have no version which could be served, such as one that is being copied',
              ),
          }),
          ...problemResponses('not_ready'),
        },
      },
    },
    async () => {
      const registry = app.modelHost.registry();
      const models = registry.versions.map((candidate) => {
        const { name, version, classes, metrics } = candidate.manifest;
        const served = app.modelHost.served(candidate);
        return {
          name,
          version,
          default: candidate === registry.defaultVersion,
          served: served !== undefined,
          classes,
          accuracy: metrics.accuracy,
          ...(served && {
            memoryMiB: served.memoryMiB,
            engine: served.classifier.session.description,
            views: served.classifier.views,
          }),
        };
      });
      const skipped = registry.skipped.map(({ folder, refusal }) => ({ folder, reason: refusal.reason }));
      return { models, skipped };
    },
  );

  app.get(
    '/v1/models/:name/versions/:version',
    {
      config: { scope: ['classify', 'read'] },
      schema: {
        operationId: 'getModelVersion',
        tags: ['models'],
        summary: "One version's manifest",
        params: z.object({
          name: z.string().describe('Name of the model'),
          version: z.string().describe('Version of the model'),
        }),
        response: {
          200: manifestSchema,
          ...problemResponses('unknown_model', 'unknown_version', 'not_ready'),
        },
      },
    },
    async (request) => app.modelHost.registry().find(request.params.name, request.params.version).manifest,
  );
};
