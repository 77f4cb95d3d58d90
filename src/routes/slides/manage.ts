import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import { problemResponses } from '../../errors/responses.js';
import { SLIDE_STATUSES, type Slide, type SlideDescription } from '../../slides/slide.js';
import { readJson } from './json.js';
import { claimAt } from './review-answer.js';
import { descriptionSchema, listedSlideSchema, slideSchema } from './schemas.js';

const MAX_BODY_BYTES = 65_536;
const MAX_PAGE = 200;

/** POST /v1/slides and GET /v1/slides: makes slides and lists them. */
export const manageSlidesRoutes: FastifyPluginAsyncZod = async (app) => {
  readJson(app, MAX_BODY_BYTES);

  app.post(
    '/v1/slides',
    {
      config: { scope: 'classify' },
      schema: {
        operationId: 'createSlide',
        tags: ['slides'],
        summary: 'Make a slide',
        description:
          'The caller chooses the id. To make the same slide again is safe: the answer is the slide that there is. ' +
          'Other data with the same id is an error.',
        body: descriptionSchema,
        response: {
          201: slideSchema,
          ...problemResponses(
            'invalid_request',
            'slide_exists',
            'unsupported_content_type',
            'store_unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const store = await app.slides.store();
      // Optional members are absent or have a value: JSON has no undefined.
      const description = request.body as SlideDescription;
      const [slide] = await store.write(['createSlide', { description, at: new Date().toISOString() }]);
      return reply
        .code(201)
        .header('location', `/v1/slides/${slide.id}`)
        .send(slide as never);
    },
  );

  app.get(
    '/v1/slides',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listSlides',
        tags: ['slides'],
        summary: 'Slides, the newest first',
        querystring: z.strictObject({
          status: z.enum(SLIDE_STATUSES).optional().describe('Only slides of this status'),
          source: z.string().min(1).optional().describe('Only slides of this analyzer'),
          specimenNumber: z.string().min(1).optional().describe('Only slides of this specimen'),
          search: z
            .string()
            .min(1)
            .max(256)
            .optional()
            .describe("Only slides with it in their id, specimen number or analyzer's name"),
          limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50).describe('Most slides of a page'),
          cursor: z.string().optional().describe('`next` of the page before'),
        }),
        response: {
          200: z.object({
            slides: z.array(listedSlideSchema),
            next: z.string().optional().describe('For `cursor`, where there are more'),
          }),
          ...problemResponses('invalid_request', 'store_unavailable'),
        },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const store = await app.slides.store();
      // One more tells whether there is another page.
      const slides = await store.read('listSlides', { ...filter, limit: limit + 1, after });
      const page = slides.slice(0, limit).map(({ claim, ...slide }) => ({ ...slide, ...claimAt(claim) }));
      const last = page.at(-1);
      return { slides: page, ...(slides.length > limit && last && { next: cursorOf(last) }) } as never;
    },
  );
};

function cursorOf({ createdAt, id }: Slide): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

function readCursor(cursor: string): Pick<Slide, 'createdAt' | 'id'> {
  try {
    const [createdAt, id] = z
      .tuple([z.string(), z.string()])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { createdAt, id };
  } catch (error) {
    throw new ServiceError('invalid_request', 'The cursor is not one of this service.', { cause: error });
  }
}
