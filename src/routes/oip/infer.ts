import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Classification } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import { BINARY_TYPE, JSON_LENGTH_HEADER, joinBody } from '../../oip/message.js';
import type { Manifest } from '../../registry/manifest.js';
import type { Settings } from '../../settings/schema.js';
import { CROP_ERRORS, cropQuery } from '../classify/intake.js';
import { cropHeaders } from '../classify/source.js';
import { classifyRequest } from './classify-request.js';
import { errorResponses, SCOPE_ERRORS } from './errors.js';
import { MODEL_PATHS, type ModelPath } from './paths.js';
import type { InferRequest } from './read-request.js';
import { RequestReader } from './request-reader.js';
import { OUTPUTS, type OutputName, outputOf, tensorsOf } from './tensors.js';

const tensor = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    datatype: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
    parameters: { type: 'object', properties: { binary_data_size: { type: 'integer', minimum: 0 } } },
    data: { type: 'array', items: {} },
  },
  required: ['name', 'datatype', 'shape'],
};

const requestContent = {
  'application/json': {
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        inputs: { type: 'array', items: tensor, minItems: 1, maxItems: 1 },
        outputs: {
          type: 'array',
          items: { type: 'object', properties: { name: { enum: OUTPUTS } }, required: ['name'] },
        },
      },
      required: ['inputs'],
    },
  },
  [BINARY_TYPE]: { schema: { type: 'string', format: 'binary' } },
};

const answerSchema = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.enum(OUTPUTS),
      datatype: z.string(),
      shape: z.array(z.int()),
      parameters: z.object({ binary_data_size: z.int() }).optional(),
      data: z.array(z.union([z.number(), z.string()])).optional(),
    }),
  ),
});

/** POST /v2/models/:name/infer: crops in, class probabilities out, as tensors. */
export const inferRoutes: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  const reader = new RequestReader();
  app.addHook('onClose', () => reader.close());
  app.removeAllContentTypeParsers();
  // Read by the handler, once it has a permit; clients give it any type.
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  const { timeoutMs, source } = cropQuery(settings).shape;
  const querystring = z.strictObject({
    timeoutMs: timeoutMs.describe('Longest wait for the answer, in milliseconds'),
    source: source.describe(
      'Name of the analyzer that the crops are from. The header X-Source does the same',
    ),
  });

  for (const { path, params, suffix } of MODEL_PATHS) {
    app.post(
      `${path}/infer`,
      {
        config: { scope: 'classify' },
        schema: {
          operationId: `infer${suffix}`,
          tags: ['inference protocol'],
          summary: 'Class probabilities of crops, as tensors',
          description:
            'The input is either crops that you have preprocessed (`UINT8`), or encoded images (`BYTES` with the name ' +
            '`images`; base64 in JSON). Tensors may go as bytes after the JSON, with the header ' +
            '`Inference-Header-Content-Length`. One bad crop makes the whole answer an error.',
          requestContent,
          params,
          querystring,
          headers: cropHeaders,
          response: {
            200: {
              description: 'The outputs, in the order of the crops',
              content: {
                'application/json': { schema: answerSchema },
                [BINARY_TYPE]: { schema: z.any() },
              },
            },
            ...errorResponses(
              ...SCOPE_ERRORS,
              ...CROP_ERRORS.filter((code) => code !== 'unexpected_field'),
              'engine_wrong_answer',
            ),
          },
        },
      },
      async (request, reply) => {
        const { name, version } = request.params as ModelPath;
        const { classifier, release } = app.modelHost.lease(name, version);
        reply.raw.once('close', release);
        classifier.session.ensureAvailable();
        if (!request.body) throw new ServiceError('invalid_request', 'The request has no body.');
        const { query } = request;
        const { wanted, crops } = await classifyRequest(request as FastifyRequest, reply as FastifyReply, {
          settings,
          reader,
          classifier,
          query,
        });
        const { headers, body } = answer(classifier.model.manifest, wanted, crops);
        return reply.headers(headers).send(body as never);
      },
    );
  }
};

/** @throws {ServiceError} invalid_request for an output that there is not. */
function answer(manifest: Manifest, { id, outputs, outputsAsBytes }: InferRequest, crops: Classification[]) {
  const { name, version, classes } = manifest;
  const names = tensorsOf(manifest).outputs.map((output) => output.name);
  const wanted = outputs ?? names.map((output) => ({ name: output, asBytes: outputsAsBytes }));
  const unknown = wanted.find((output) => !names.includes(output.name));
  if (unknown) throw new ServiceError('invalid_request', `There is no output ${unknown.name}, but ${names}.`);
  const tensors: Uint8Array[] = [];
  const message = {
    model_name: name,
    model_version: version,
    ...(id !== undefined && { id }),
    outputs: wanted.map(({ name: output, asBytes }) => {
      const { bytes, data, ...head } = outputOf(output as OutputName, classes, crops);
      if (!asBytes) return { ...head, data };
      const content = bytes();
      tensors.push(content);
      return { ...head, parameters: { binary_data_size: content.length } };
    }),
  };
  if (tensors.length === 0) return { headers: { 'content-type': 'application/json' }, body: message };
  const { jsonLength, body } = joinBody(message, tensors);
  return { headers: { 'content-type': BINARY_TYPE, [JSON_LENGTH_HEADER]: jsonLength }, body };
}
