import cors from '@fastify/cors';
import type {} from 'fastify';
import fp from 'fastify-plugin';
import type { Settings } from '../settings/schema.js';

const MAX_AGE_S = 600;

/** Lets pages of HEMOSERVE_CORS_ORIGINS call the service; asked before anybody's key, since a preflight has none. */
export const corsPlugin = fp<{ settings: Settings }>(
  async (app, { settings: { corsOrigins } }) => {
    if (!corsOrigins) return;
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST'],
      exposedHeaders: ['location', 'retry-after', 'www-authenticate', 'x-request-id'],
      maxAge: MAX_AGE_S,
    });
  },
  { name: 'cors' },
);
