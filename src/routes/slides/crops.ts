import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemSchema, ServiceError } from '../../errors/problem.js';
import { fileErrorSchema, problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { NDJSON_TYPE } from '../classify/answers.js';
import { headOf, headSchema } from '../classify/head.js';
import {
  allOutcomes,
  CROP_CONTENT,
  CROP_ERRORS,
  cropQuery,
  readCrops,
  takeCrops,
} from '../classify/intake.js';
import { ndjsonLines } from '../classify/ndjson.js';
import { classifyForSlide, toCropResult, toldOf } from './classify.js';
import { answerOnce, idempotencyKeyOf } from './idempotency.js';
import { cropIdSchema, resultSchema, slideIdSchema } from './schemas.js';

/** A crop as the answer has it. */
export const cropResultSchema = resultSchema.extend({
  index: z.int().describe('Place of the file in the request, from 0'),
  filename: z.string().optional().describe('As the client named it'),
  crop: z.string().describe("SHA-256 of the crop's file: its name in the slide"),
  cropId: cropIdSchema,
  number: z.int().describe('Place in the slide, from 1'),
});
const slideHeadSchema = headSchema.extend({ slide: z.string() });
const answerSchema = slideHeadSchema.extend({
  results: z.array(z.union([fileErrorSchema, cropResultSchema])),
});
const lineSchema = z.union([
  fileErrorSchema,
  cropResultSchema,
  slideHeadSchema.extend({ imageCount: z.int(), error: problemSchema.optional() }).describe('The last line'),
]);

/** POST /v1/slides/:id/crops: crops of a slide in, their classes out, once they are kept. */
export const slideCropsRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  readCrops(app);

  app.post(
    '/v1/slides/:id/crops',
    {
      config: { scope: 'classify' },
      schema: {
        operationId: 'addCrops',
        tags: ['slides'],
        summary: 'Add crops to a slide',
        description:
          'Crops are sent and answered as with `POST /v1/classify`. An answered crop is on the disk. To send a crop ' +
          'again is safe: it is known by its content, is counted once, and has the same answer. With an ' +
          '`Idempotency-Key` the whole answer is the same; lines are not kept for it.',
        requestContent: CROP_CONTENT,
        params: slideIdSchema,
        headers: z.looseObject({
          'idempotency-key': z.string().max(255).optional().describe('Of the caller, for this very request'),
        }),
        querystring: cropQuery(settings),
        response: {
          200: {
            description: 'What became of each file',
            content: {
              'application/json': { schema: answerSchema },
              [NDJSON_TYPE]: { schema: lineSchema },
            },
          },
          ...problemResponses(
            ...CROP_ERRORS,
            'unknown_slide',
            'slide_complete',
            'too_many_crops',
            'idempotency_key_reused',
            'store_unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const { params } = request;
      const store = await app.slides.store();
      const slide = await store.read('getSlide', { id: params.id });
      // Its crops are of the analyzer that the slide is of.
      const query = { ...request.query, source: request.query.source ?? slide.source };
      const once = await answerOnce(store, slide.id, idempotencyKeyOf(request));
      // What follows ends with the connection, which must be there.
      if (reply.raw.closed) throw new ServiceError('client_closed_request', 'The client went away.');
      if (once.kept) {
        const repeat = takeCrops(request, reply, {
          settings,
          query,
          classify: () => once.compare,
          toldOf: () => undefined,
        });
        await allOutcomes(repeat, request);
        return (await once.again()) as never;
      }
      const options = { slides: app.slides, store, slide, maxCrops: settings.maxSlideCrops };
      const intake = takeCrops(request, reply, {
        settings,
        query,
        classify: (classifier, judge) => once.watch(classifyForSlide(classifier, judge, options)),
        toldOf,
      });
      const head = () => ({ ...headOf(request, intake), slide: slide.id });
      if (intake.asLines) {
        const lines = await ndjsonLines(intake.outcomes, head, request, intake.refresh, toCropResult);
        return reply.type(NDJSON_TYPE).send(lines as never);
      }
      const all = await allOutcomes(intake, request);
      const answer = { ...head(), results: all.map((outcome) => toCropResult(outcome, app.metrics)) };
      return (await once.keep(answer)) as never;
    },
  );
};
