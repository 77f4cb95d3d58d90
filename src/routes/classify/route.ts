import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { answerSchema, lineSchema, NDJSON_TYPE, toResult } from './answers.js';
import { headOf } from './head.js';
import { allOutcomes, CROP_CONTENT, CROP_ERRORS, cropQuery, readCrops, takeCrops } from './intake.js';
import { ndjsonLines } from './ndjson.js';
import { cropHeaders } from './source.js';

/** POST /v1/classify: crops in, class probabilities out. */
export const classifyRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  readCrops(app);

  app.post(
    '/v1/classify',
    {
      config: { scope: 'classify' },
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
        requestContent: CROP_CONTENT,
        headers: cropHeaders,
        querystring: cropQuery(settings).extend({
          explain: z
            .enum(['heatmap'])
            .optional()
            .describe(
              'With `heatmap`, each result has a picture of where the network sees the class; it costs a little more',
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
          ...problemResponses(...CROP_ERRORS, 'no_heatmap'),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const intake = takeCrops(request, reply, { settings, query, explain: query.explain });
      const head = () => headOf(request, intake);
      if (intake.asLines) {
        const lines = await ndjsonLines(intake.outcomes, head, request, intake.refresh, toResult);
        // The types know one schema a status, the JSON one.
        return reply.type(NDJSON_TYPE).send(lines as never);
      }
      const all = await allOutcomes(intake, request);
      return { ...head(), results: all.map((outcome) => toResult(outcome, app.metrics)) };
    },
  );
};
