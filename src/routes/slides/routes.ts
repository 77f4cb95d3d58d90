import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Settings } from '../../settings/schema.js';
import { slideCropsRoute } from './crops.js';
import { slideEventsRoute } from './events.js';
import { finishSlideRoutes } from './finish.js';
import { cropImageRoute } from './image.js';
import { manageSlidesRoutes } from './manage.js';
import { readSlideRoute } from './read.js';
import { reviewRoutes } from './review.js';
import { wholeSlideRoute } from './whole.js';

/** All that is done with slides. */
export const slidesRoutes: FastifyPluginAsyncZod<{ settings: Settings }> = async (app, { settings }) => {
  await app.register(manageSlidesRoutes);
  await app.register(slideCropsRoute, { settings });
  await app.register(wholeSlideRoute, { settings });
  await app.register(cropImageRoute);
  await app.register(slideEventsRoute);
  await app.register(reviewRoutes, { settings });
  await app.register(finishSlideRoutes);
  await app.register(readSlideRoute);
};
