import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { problemResponses } from '../../errors/responses.js';
import { callOf } from '../classify/audit.js';
import { toSummary } from './answers.js';
import { readJson } from './json.js';
import { personOf } from './person.js';
import { slideIdSchema, summarySchema, verifySchema } from './schemas.js';
import { verify } from './verify.js';

const MAX_BODY_BYTES = 1_048_576;

/** POST /v1/slides/:id/complete and POST /v1/slides/:id/verify. */
export const finishSlideRoutes: FastifyPluginAsyncZod = async (app) => {
  readJson(app, MAX_BODY_BYTES);
  // To complete a slide needs no body.
  app.addContentTypeParser('*', (_request, _body, done) => done(null));

  app.post(
    '/v1/slides/:id/complete',
    {
      config: { scope: 'classify' },
      schema: {
        operationId: 'completeSlide',
        tags: ['slides'],
        summary: 'Say that all crops of a slide have come',
        description:
          'From now on the slide takes no new crop, and can be verified. To say it again changes nothing.',
        params: slideIdSchema,
        response: {
          200: summarySchema,
          ...problemResponses('invalid_request', 'unknown_slide', 'store_unavailable'),
        },
      },
    },
    async ({ params: { id } }) => {
      const store = await app.slides.store();
      await store.write(['completeSlide', { id, at: new Date().toISOString() }]);
      app.slides.changed(id);
      return toSummary(await app.slides.report(await store.read('readSlide', { id })));
    },
  );

  app.post(
    '/v1/slides/:id/verify',
    {
      config: { scope: 'verify' },
      schema: {
        operationId: 'verifySlide',
        tags: ['slides'],
        summary: 'Verify a slide as a person, with corrections',
        description:
          'The slide becomes final. Another verification makes it corrected. The same one sent again changes nothing. ' +
          'A crop that a person must look at needs a correction, even if that confirms its class. A class that counts ' +
          'as nothing takes a crop out.',
        params: slideIdSchema,
        body: verifySchema,
        response: {
          200: summarySchema,
          ...problemResponses(
            'invalid_request',
            'unknown_slide',
            'slide_open',
            'slide_changed',
            'slide_claimed',
            'unidentified_crops',
            'unsupported_content_type',
            'verifier_missing',
            'unknown_crop',
            'unknown_class',
            'store_unavailable',
          ),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const report = await verify(app.slides, id, personOf(request, request.body.by), request.body);
      const { status, revision } = report.slide;
      const { by, corrections } = report.verifications.at(-1) ?? {};
      app.audit?.write({
        event: 'verification',
        ...callOf(request),
        ...{ slide: id, status, revision, by, corrections },
        models: [...new Set(report.crops.map(({ crop: { model } }) => `${model.name}@${model.version}`))],
      });
      app.outbox.wake();
      return toSummary(report);
    },
  );
};
