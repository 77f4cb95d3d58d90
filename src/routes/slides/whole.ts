import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import { fileErrorSchema, problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { headOf, headSchema } from '../classify/head.js';
import { allOutcomes, CROP_ERRORS, cropQuery, takeCrops } from '../classify/intake.js';
import { refuseEncoded } from '../classify/negotiation.js';
import { IMAGE_FIELD, MULTIPART_TYPE } from '../classify/uploads.js';
import { toSummary } from './answers.js';
import { classifyForSlide, toCropResult, toldOf } from './classify.js';
import { cropResultSchema } from './crops.js';
import { MAX_DESCRIPTION_BYTES, readDescription } from './description.js';
import { FormUpload, SLIDE_FIELD } from './form.js';
import { listedFiles } from './listed.js';
import { summarySchema } from './schemas.js';
import { ZipUpload } from './zip.js';

const ZIP_TYPE = 'application/zip';
const file = { type: 'string', format: 'binary' };

/** POST /v1/slides/whole: a whole slide in one form or zip. */
export const wholeSlideRoute: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  app.removeAllContentTypeParsers();
  // Read by the handler.
  for (const type of [ZIP_TYPE, MULTIPART_TYPE]) {
    app.addContentTypeParser(type, (_request, body, done) => done(null, body));
  }

  app.post(
    '/v1/slides/whole',
    {
      config: { scope: 'classify' },
      schema: {
        operationId: 'sendWholeSlide',
        tags: ['slides'],
        summary: 'Send a whole slide in one form or zip',
        description:
          'The zip has `slide.json`, the body of `POST /v1/slides`, or `slide.csv`, with the same members as columns. ' +
          `Its other files are the crops. A form has the same file as its first part, \`${SLIDE_FIELD}\`, and the crops ` +
          `as \`${IMAGE_FIELD}\`. With a column \`file\` the CSV has a line for each crop, and may have your own ids ` +
          'of them as `cropId`. The slide is made, gets its crops and is completed. If a file is bad, not named in ' +
          'the CSV or missing, the slide stays open, so that it can be sent again. To send it again is safe.',
        requestContent: {
          [ZIP_TYPE]: { schema: file },
          [MULTIPART_TYPE]: {
            schema: {
              type: 'object',
              properties: { [SLIDE_FIELD]: file, [IMAGE_FIELD]: { type: 'array', items: file, minItems: 1 } },
              required: [SLIDE_FIELD, IMAGE_FIELD],
            },
          },
        },
        querystring: cropQuery(settings),
        response: {
          200: headSchema.extend({
            results: z.array(z.union([fileErrorSchema, cropResultSchema])).describe("In the body's order"),
            slide: summarySchema,
          }),
          ...problemResponses(
            ...CROP_ERRORS,
            'malformed_archive',
            'unlisted_file',
            'missing_file',
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
      const isZip = request.headers['content-type']?.toLowerCase().startsWith(ZIP_TYPE);
      const upload = isZip
        ? await ZipUpload.receive(request.raw, settings.maxZipBytes)
        : new FormUpload(request, settings.maxFiles);
      try {
        const file = await upload.description(MAX_DESCRIPTION_BYTES);
        const { description, crops } = await readDescription(file);
        const at = new Date().toISOString();
        const [slide] = await store.write(['createSlide', { description, at }]);
        if (reply.raw.closed) throw new ServiceError('client_closed_request', 'The client went away.');
        const cropIds = new Map(crops?.map(({ file, cropId }) => [file, cropId]));
        const options = { slides: app.slides, store, slide, maxCrops: settings.maxSlideCrops, cropIds };
        const intake = takeCrops(request, reply, {
          settings,
          query: { ...request.query, source: request.query.source ?? slide.source },
          files(signal, maxFiles) {
            const files = upload.images(signal, maxFiles, settings.maxFileBytes);
            return crops ? listedFiles(files, crops) : files;
          },
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
        await upload.dispose();
      }
    },
  );
};
