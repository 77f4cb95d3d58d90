import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import { fileErrorSchema, problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { headOf, headSchema } from '../classify/head.js';
import { allOutcomes, CROP_ERRORS, cropQuery, takeCrops } from '../classify/intake.js';
import { refuseEncoded } from '../classify/negotiation.js';
import { toSummary } from './answers.js';
import { classifyForSlide, toCropResult, toldOf } from './classify.js';
import { cropResultSchema } from './crops.js';
import { MAX_DESCRIPTION_BYTES, readDescription } from './description.js';
import { summarySchema } from './schemas.js';
import { ZipUpload } from './zip.js';

const ZIP_TYPE = 'application/zip';

/** POST /v1/slides/whole: a whole slide in one zip. */
export const wholeSlideRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  app.removeAllContentTypeParsers();
  // Read by the handler.
  app.addContentTypeParser(ZIP_TYPE, (_request, body, done) => done(null, body));

  app.post(
    '/v1/slides/whole',
    {
      config: { scope: 'classify' },
      schema: {
        operationId: 'sendWholeSlide',
        tags: ['slides'],
        summary: 'Send a whole slide in one zip',
        description:
          'The zip has `slide.json`, the body of `POST /v1/slides`, or `slide.csv`, with the same members as columns ' +
          'and one line. Its other files are the crops. The slide is made, gets its crops and is completed. If a file ' +
          'is bad, the slide stays open, so that it can be sent again. To send it again is safe.',
        requestContent: { [ZIP_TYPE]: { schema: { type: 'string', format: 'binary' } } },
        querystring: cropQuery(settings),
        response: {
          200: headSchema.extend({
            results: z.array(z.union([fileErrorSchema, cropResultSchema])).describe("In the zip's order"),
            slide: summarySchema,
          }),
          ...problemResponses(
            ...CROP_ERRORS,
            'malformed_archive',
            'archive_too_large',
            'slide_exists',
            'slide_complete',
            'too_many_crops',
            'store_unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      refuseEncoded(request, reply);
      const store = await app.slides.store();
      const zip = await ZipUpload.receive(request.raw, settings.maxZipBytes);
      try {
        const { text, kind } = await zip.description(MAX_DESCRIPTION_BYTES);
        const description = await readDescription(text, kind);
        const at = new Date().toISOString();
        const [slide] = await store.write(['createSlide', { description, at }]);
        if (reply.raw.closed) throw new ServiceError('client_closed_request', 'The client went away.');
        const options = { slides: app.slides, store, slide, maxCrops: settings.maxSlideCrops };
        const intake = takeCrops(request, reply, {
          settings,
          query: { ...request.query, source: request.query.source ?? slide.source },
          files: (_signal, maxFiles) => zip.images(maxFiles, settings.maxFileBytes),
          classify: (classifier, judge) => classifyForSlide(classifier, judge, options),
          toldOf,
        });
        const outcomes = await allOutcomes(intake, request);
        if (!outcomes.some((outcome) => 'error' in outcome)) {
          await store.write(['completeSlide', { id: slide.id, at: new Date().toISOString() }]);
          app.slides.changed(slide.id);
        }
        const report = await app.slides.report(await store.read('readSlide', { id: slide.id }));
        const results = outcomes.map((outcome) => toCropResult(outcome, app.metrics));
        return { ...headOf(request, intake), results, slide: toSummary(report) } as never;
      } finally {
        await zip.dispose();
      }
    },
  );
};
