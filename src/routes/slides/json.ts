import type { FastifyInstance } from 'fastify';

/** Lets the routes of this plugin, and no others, read JSON; all else is a 415. */
export function readJson(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit },
    app.getDefaultJsonParser('error', 'error'),
  );
}
