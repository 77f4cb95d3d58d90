import multipart from '@fastify/multipart';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { classifyUploads, type Outcome } from '../classify/classify-uploads.js';
import { IMAGE_FIELD, uploads } from '../classify/uploads.js';
import { ServiceError } from '../errors/problem.js';
import { fileErrorSchema, problemResponses } from '../errors/responses.js';
import { IMAGE_FORMATS } from '../images/format.js';
import type { Settings } from '../settings/load.js';

const probability = z.number().min(0).max(1);

const classificationSchema = z.object({
  index: z.int().describe('Place of the file in the request, from 0'),
  filename: z.string().optional().describe('As the client named it'),
  class: z.string().describe('The most probable class (top-1)'),
  probability: probability.describe('The probability of that class'),
  probabilities: z.record(z.string(), probability).describe("By class, in the model's order; they sum to 1"),
});

const answerSchema = z.object({
  requestId: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
  results: z.array(z.union([classificationSchema, fileErrorSchema])).describe("In the request's order"),
});

const file = { type: 'string', format: 'binary' };
const requestContent = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: { [IMAGE_FIELD]: { type: 'array', items: file, minItems: 1 } },
      required: [IMAGE_FIELD],
    },
  },
  ...Object.fromEntries(IMAGE_FORMATS.map((format) => [`image/${format}`, { schema: file }])),
};

/** POST /v1/classify: crops in, class probabilities out. */
export const classifyRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  // Here only multipart forms and images are read; all else is a 415.
  app.removeAllContentTypeParsers();
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: settings.maxFiles, fileSize: settings.maxFileBytes, fields: 1, fieldSize: 1024 },
  });
  app.addContentTypeParser(
    /^image\//,
    { parseAs: 'buffer', bodyLimit: settings.maxFileBytes },
    (_request, body, done) => done(null, body),
  );

  app.post(
    '/v1/classify',
    {
      schema: {
        operationId: 'classify',
        tags: ['classification'],
        summary: 'Class probabilities of one crop or many',
        description:
          'Send files in the multipart field `image`, repeated for many, or one image as the body. Among many ' +
          'files a bad one gets an `error` in its place; a bad one alone makes the whole answer an error.',
        requestContent,
        querystring: z.strictObject({
          model: z.string().min(1).optional().describe('Name of the model; the default one without it'),
          version: z.string().min(1).optional().describe('Version of the model; the served one without it'),
        }),
        response: {
          200: answerSchema,
          ...problemResponses(
            'no_file',
            'empty_file',
            'unexpected_field',
            'malformed_multipart',
            'invalid_request',
            'unknown_model',
            'unknown_version',
            'model_not_served',
            'too_many_files',
            'file_too_large',
            'image_too_large',
            'unsupported_content_type',
            'unsupported_image_format',
            'not_an_image',
            'corrupt_image',
            'internal_error',
            'not_ready',
            'overloaded',
            'engine_unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const classifier = app.modelHost.classifier(request.query.model, request.query.version);
      classifier.engine.ensureAvailable();
      const outcomes = await classifyUploads(uploads(request), {
        classifier,
        admission: app.admission,
        metrics: app.metrics,
        maxFileBytes: settings.maxFileBytes,
        signal: abortSignal(reply),
      });
      request.imageCount = outcomes.length;
      const { name, version } = classifier.model.manifest;
      return { requestId: request.id, model: { name, version }, results: results(outcomes) };
    },
  );

  function results(outcomes: Outcome[]) {
    const [only] = outcomes;
    if (outcomes.length === 1 && only && 'error' in only) throw only.error;
    return outcomes.map((outcome) => {
      if (!('error' in outcome)) return outcome;
      app.metrics.errors.inc({ code: outcome.error.code });
      return { ...outcome, error: outcome.error.toProblem() };
    });
  }
};

/** Aborted when the client goes away before its answer. */
function abortSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Of the response, which closes once; the socket lives on for further requests, and Fastify's own
  // `request.signal` is aborted as soon as the body has been read.
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    controller.abort(new ServiceError('client_closed_request', 'The client went away.'));
  });
  return controller.signal;
}
