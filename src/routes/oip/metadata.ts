import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { BINARY_EXTENSION } from '../../oip/message.js';
import { version as ownVersion } from '../../settings/version.js';
import { errorResponses, SCOPE_ERRORS } from './errors.js';
import { MODEL_PATHS, type ModelPath } from './paths.js';
import { tensorsOf } from './tensors.js';

const tags = ['inference protocol'];

const serverSchema = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });

const tensorSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1 may be any size'),
});

const modelSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()).describe('Those that are served'),
  platform: z.string(),
  inputs: z.array(tensorSchema).describe('A request has one of them'),
  outputs: z.array(tensorSchema),
  parameters: z.object({
    classes: z
      .string()
      .describe('Names of the classes, separated by commas, in the order of `probabilities`'),
  }),
});

/** What the service and its models are, and whether they can be used. */
export const metadataRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: { scope: 'open' },
      schema: { operationId: 'server', tags, summary: 'What the server is', response: { 200: serverSchema } },
    },
    async () => ({ name: 'hemoserve', version: ownVersion, extensions: [BINARY_EXTENSION] }),
  );

  app.get(
    '/health/live',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'serverLive',
        tags,
        summary: 'The process answers',
        response: { 200: z.object({ live: z.literal(true) }) },
      },
    },
    async () => ({ live: true as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'serverReady',
        tags,
        summary: 'The models are loaded, checked and warm',
        response: {
          200: z.object({ ready: z.literal(true) }),
          ...errorResponses('not_ready', 'engine_unavailable'),
        },
      },
    },
    async () => {
      app.modelHost.classifier().session.ensureAvailable();
      return { ready: true as const };
    },
  );

  for (const { path, params, suffix } of MODEL_PATHS) {
    const unknown = [
      ...SCOPE_ERRORS,
      'unknown_model',
      'unknown_version',
      'model_not_served',
      'not_ready',
    ] as const;
    app.get(
      path,
      {
        config: { scope: ['classify', 'read'] },
        schema: {
          operationId: `describe${suffix}`,
          tags,
          summary: 'Inputs and outputs of a model',
          params,
          response: { 200: modelSchema, ...errorResponses(...unknown) },
        },
      },
      async (request) => {
        const { name, version } = request.params as ModelPath;
        const { manifest } = app.modelHost.classifier(name, version).model;
        const served = app.modelHost.classifiers.map(({ model }) => model.manifest);
        return {
          name,
          versions: served.filter((other) => other.name === name).map((other) => other.version),
          platform: 'hemoserve_crops',
          ...tensorsOf(manifest),
          parameters: { classes: manifest.classes.join(',') },
        };
      },
    );

    app.get(
      `${path}/ready`,
      {
        config: { scope: ['classify', 'read'] },
        schema: {
          operationId: `ready${suffix}`,
          tags,
          summary: 'The model can be used',
          params,
          response: {
            200: z.object({ name: z.string(), ready: z.literal(true) }),
            ...errorResponses(...unknown, 'engine_unavailable'),
          },
        },
      },
      async (request) => {
        const { name, version } = request.params as ModelPath;
        app.modelHost.classifier(name, version).session.ensureAvailable();
        return { name, ready: true as const };
      },
    );
  }
};
