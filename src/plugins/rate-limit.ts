import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { ServiceError } from '../errors/problem.js';
import type { Settings } from '../settings/schema.js';

const WINDOW_MS = 60_000;
/** Callers that are counted; past it those that came least recently begin anew. */
const MAX_CALLERS = 10_000;

/** Most requests of each key in a minute. Images are bounded by admission, as a request may have many. */
export const rateLimitPlugin = fp<{ settings: Settings }>(
  async (app, { settings: { maxRequestsPerMinute: max } }) => {
    if (max === 0) return;
    await app.register(rateLimit, {
      max,
      timeWindow: WINDOW_MS,
      cache: MAX_CALLERS,
      // What orchestrators ask is never refused.
      allowList: ({ routeOptions }) => routeOptions.config.scope === 'open',
      keyGenerator: ({ caller, ip }) => (caller ? `${caller.kind} ${caller.name}` : ip),
      errorResponseBuilder: (_request, { ttl }) =>
        new ServiceError('too_many_requests', `More than ${max} requests in a minute.`, {
          retryAfterS: Math.ceil(ttl / 1000),
        }),
    });
  },
  { name: 'rate-limit', dependencies: ['auth'] },
);
