import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../../errors/responses.js';
import type { Settings } from '../../settings/schema.js';
import { readJson } from './json.js';
import { personOf } from './person.js';
import { toReview } from './review-answer.js';
import { bySchema, claimSchema, reviewSchema, sha256Schema, slideIdSchema } from './schemas.js';
import { ensureClassKnown } from './verify.js';

const MAX_BODY_BYTES = 1_048_576;
const tags = ['slides'];
/** Of whoever wants to have his or her turn with a slide. */
const TURN_ERRORS = [
  'invalid_request',
  'unknown_slide',
  'slide_claimed',
  'unsupported_content_type',
  'verifier_missing',
  'store_unavailable',
] as const;

/** What leads to a verification: whose the slide is, and his or her steps, each kept. */
export const reviewRoutes: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  readJson(app, MAX_BODY_BYTES);
  const { slides } = app;

  /** A person's time with a slide, from now. */
  const turn = () => {
    const nowMs = Date.now();
    const until = new Date(nowMs + settings.slideClaimMinutes * 60_000).toISOString();
    return { at: new Date(nowMs).toISOString(), until };
  };

  app.get(
    '/v1/slides/:id/review',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getReview',
        tags,
        summary: "A slide's review so far: each change, and the differential with them",
        params: slideIdSchema,
        response: {
          200: reviewSchema,
          ...problemResponses('invalid_request', 'unknown_slide', 'store_unavailable'),
        },
      },
    },
    async ({ params: { id } }) => toReview(slides, await (await slides.store()).read('readReview', { id })),
  );

  app.post(
    '/v1/slides/:id/review',
    {
      config: { scope: 'verify' },
      schema: {
        operationId: 'changeReview',
        tags,
        summary: 'Give crops another class while a slide is reviewed',
        description:
          'Each change is kept, with who, when, from and to. They count in the differential of the review, and become ' +
          'corrections when the slide is verified with them. `after` is the number of the last change that the person ' +
          "has seen, so that nobody overwrites what he or she has not. The slide becomes this person's for a while.",
        params: slideIdSchema,
        body: z.strictObject({
          by: bySchema,
          after: z.int().nonnegative().describe('Number of the last change that was seen; 0 for none'),
          changes: z
            .array(
              z.strictObject({
                crop: sha256Schema,
                class: z
                  .string()
                  .min(1)
                  .optional()
                  .describe('Without it, what was said since the last verification is taken back'),
              }),
            )
            .min(1)
            .max(10_000),
        }),
        response: {
          200: reviewSchema,
          ...problemResponses(
            'invalid_request',
            'unknown_slide',
            'slide_open',
            'slide_claimed',
            'review_changed',
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
      const {
        params: { id },
        body: { after, changes },
      } = request;
      for (const { class: name } of changes) if (name !== undefined) ensureClassKnown(slides, name);
      const store = await slides.store();
      const args = { id, by: personOf(request, request.body.by), after, changes, ...turn() };
      const [review] = await store.write(['addReviewChanges', args]);
      slides.changed(id);
      return toReview(slides, review);
    },
  );

  app.post(
    '/v1/slides/:id/claim',
    {
      config: { scope: 'verify' },
      schema: {
        operationId: 'claimSlide',
        tags,
        summary: 'Take a slide for review, so that no other person changes it meanwhile',
        description: 'It ends with a verification, with a release, or some time after the last change.',
        params: slideIdSchema,
        body: z.strictObject({
          by: bySchema,
          takeOver: z.boolean().default(false).describe('Also from the person whose it is'),
        }),
        response: {
          200: claimSchema,
          ...problemResponses(...TURN_ERRORS),
        },
      },
    },
    async (request) => {
      const {
        params: { id },
        body: { takeOver },
      } = request;
      const store = await slides.store();
      const [claim] = await store.write([
        'claimSlide',
        { id, by: personOf(request, request.body.by), takeOver, ...turn() },
      ]);
      slides.changed(id);
      return claim as z.output<typeof claimSchema>;
    },
  );

  app.post(
    '/v1/slides/:id/release',
    {
      config: { scope: 'verify' },
      schema: {
        operationId: 'releaseSlide',
        tags,
        summary: 'Give a slide back that was taken for review',
        params: slideIdSchema,
        body: z.strictObject({ by: bySchema }),
        response: {
          204: z.null().describe("The slide is nobody's"),
          ...problemResponses(...TURN_ERRORS),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const store = await slides.store();
      await store.write([
        'releaseSlide',
        { id, by: personOf(request, request.body.by), at: new Date().toISOString() },
      ]);
      slides.changed(id);
      return reply.code(204).send(null);
    },
  );
};
