import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import { IMAGE_FORMATS } from '../../images/format.js';
import type { Holder } from '../../queues/admission.js';
import type { Settings } from '../../settings/schema.js';
import { answerSchema, lineSchema, NDJSON_TYPE, toResult } from './answers.js';
import { requestAbort } from './deadline.js';
import { ndjsonLines } from './ndjson.js';
import { prefersLines, refuseEncoded } from './negotiation.js';
import { classifyUploads, type Outcome } from './outcomes.js';
import { IMAGE_FIELD, MULTIPART_TYPE, mostFileBytes, uploads } from './uploads.js';

const file = { type: 'string', format: 'binary' };
const requestContent = {
  [MULTIPART_TYPE]: {
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
  // Read by the handler, once it has a permit.
  for (const type of [MULTIPART_TYPE, /^image\//]) {
    app.addContentTypeParser(type, (_request, body, done) => done(null, body));
  }

  app.post(
    '/v1/classify',
    {
      schema: {
        operationId: 'classify',
        tags: ['classification'],
        summary: 'Class probabilities of one crop or many',
        description:
          'Send files in the multipart field `image`. Repeat the field for many files. You can also send one image as ' +
          'the body. Among many files, a bad file gets an `error` in its place. A bad file alone makes the whole ' +
          'answer an error.\n\n' +
          `With \`Accept: ${NDJSON_TYPE}\` the service answers one line for each file. It classifies while you upload, ` +
          'and the number of files has no limit. The lines come in the order of the files, each as soon as it is done. ' +
          'A bad file is always a line. The last line has no `index`. It has the number of files, and an `error` if ' +
          'the request failed after its first line. An answer without a last line was cut off. Read the answer while ' +
          'you upload. If you stop reading, the service stops reading your upload.',
        requestContent,
        querystring: z.strictObject({
          model: z
            .string()
            .min(1)
            .optional()
            .describe('Name of the model. Without it, the default model answers'),
          version: z
            .string()
            .min(1)
            .optional()
            .describe('Version of the model. Without it, the served version answers'),
          timeoutMs: z.coerce
            .number()
            .int()
            .min(1)
            .max(settings.timeoutMs)
            .default(settings.timeoutMs)
            .describe(
              'Longest wait for the answer, or for the next line of an NDJSON answer, in milliseconds',
            ),
        }),
        response: {
          200: {
            description: 'What became of each file',
            content: {
              'application/json': { schema: answerSchema },
              [NDJSON_TYPE]: { schema: lineSchema },
            },
          },
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
            'request_timeout',
            'unsupported_content_type',
            'unsupported_content_encoding',
            'unsupported_image_format',
            'not_an_image',
            'corrupt_image',
            'blank_image',
            'internal_error',
            'not_ready',
            'overloaded',
            'deadline_exceeded',
            'engine_unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      refuseEncoded(request, reply);
      const { classifier, release } = app.modelHost.lease(query.model, query.version);
      // NDJSON goes on after this handler.
      reply.raw.once('close', release);
      classifier.session.ensureAvailable();
      const { abort, refresh, leftMs } = requestAbort(reply, query.timeoutMs);
      const asLines = prefersLines(request);
      const maxFiles = asLines ? Number.POSITIVE_INFINITY : settings.maxFiles;
      const limits = { maxFiles, maxFileBytes: settings.maxFileBytes };
      const outcomes = classifyUploads(uploads(request, limits, abort.signal), {
        holder: holderOf(request, abort),
        classifier,
        admission: app.admission,
        metrics: app.metrics,
        maxFileBytes: mostFileBytes(request, settings.maxFileBytes),
        maxOutcomes: settings.maxImagesInFlight,
        abort,
        leftMs,
        asLines,
      });
      const { model } = classifier;
      const head = {
        requestId: request.id,
        model: { name: model.manifest.name, version: model.manifest.version },
      };
      if (asLines) {
        const lines = await ndjsonLines(outcomes, head, request, refresh);
        // The types know one schema a status, the JSON one.
        return reply.type(NDJSON_TYPE).send(lines as never);
      }
      const all: Outcome[] = [];
      for await (const outcome of outcomes) all.push(outcome);
      request.imageCount = all.length;
      const [only] = all;
      if (all.length === 1 && only && 'error' in only) throw only.error;
      return { ...head, results: all.map((outcome) => toResult(outcome, app.metrics)) };
    },
  );
};

/** Whose request it is, for admission. */
function holderOf({ raw }: FastifyRequest, abort: AbortController): Holder {
  const { socket } = raw;
  return {
    images: 0,
    bytes: 0,
    client: socket.remoteAddress ?? '',
    // Nothing is to come any more of a body that is here, even if it is not read yet.
    receivedBytes: () => (raw.complete ? Number.POSITIVE_INFINITY : socket.bytesRead),
    cutOff: (reason) => abort.abort(reason),
  };
}
