import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyRequest {
    /** Number of images that the request brought, for its log line. */
    imageCount: number | undefined;
  }
}

/**
 * One line per request, with its id and outcome. Never image bytes, URLs or file names: these may carry patient
 * ids.
 */
export const requestLogPlugin = fp(
  async (app) => {
    app.decorateRequest('imageCount', undefined);
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
    });
    app.addHook('onResponse', async (request, reply) => {
      request.log.info(
        {
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          durationMs: Math.round(reply.elapsedTime * 10) / 10,
          images: request.imageCount,
          code: request.errorCode,
        },
        'request',
      );
    });
    app.addHook('onRequestAbort', async (request) => {
      request.errorCode = 'client_closed_request';
      app.metrics.errors.inc({ code: 'client_closed_request' });
      request.log.info(
        { method: request.method, route: request.routeOptions.url, code: request.errorCode },
        'request',
      );
    });
  },
  { name: 'request-log', dependencies: ['metrics', 'problems'] },
);
