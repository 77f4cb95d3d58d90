import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { fileTypeFromBuffer } from 'file-type';
import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import { problemResponses } from '../../errors/responses.js';
import { sha256Schema, slideIdSchema } from './schemas.js';

/** GET /v1/slides/:id/crops/:crop/image: a crop as it was sent, for whoever reviews it. */
export const cropImageRoute: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/v1/slides/:id/crops/:crop/image',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getCropImage',
        tags: ['slides'],
        summary: 'The image of a crop, as it was sent',
        description: 'Images are kept only with HEMOSERVE_CROP_IMAGES_DIR or HEMOSERVE_CROP_IMAGES_URL.',
        params: slideIdSchema.extend({ crop: sha256Schema.describe("SHA-256 of the crop's file") }),
        response: {
          200: { description: 'The image', content: { 'image/*': { schema: z.any() } } },
          ...problemResponses('invalid_request', 'unknown_image', 'store_unavailable'),
        },
      },
    },
    async ({ params: { id, crop } }, reply) => {
      const image = await app.slides.images?.read(id, crop);
      if (!image) throw new ServiceError('unknown_image', `No image of crop ${crop} is kept.`);
      const type = await fileTypeFromBuffer(image);
      return reply.type(type?.mime ?? 'application/octet-stream').send(image as never);
    },
  );
};
