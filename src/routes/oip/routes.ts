import type { FastifyPluginAsync } from 'fastify';
import type { Settings } from '../../settings/schema.js';
import { answerErrors } from './errors.js';
import { inferRoutes } from './infer.js';
import { metadataRoutes } from './metadata.js';

/** The Open Inference Protocol v2, below `/v2`, for clients that speak to Triton, KServe or MLServer. */
export const oipRoutes: FastifyPluginAsync<{ settings: Settings }> = async (app, { settings }) => {
  answerErrors(app);
  await app.register(metadataRoutes);
  await app.register(inferRoutes, { settings });
};
