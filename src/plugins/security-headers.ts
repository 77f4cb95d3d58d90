import type {} from 'fastify';
import fp from 'fastify-plugin';

/** For answers that a browser shall not take for a page: nothing in them runs, and no page frames them. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** Headers that keep a browser from guessing types and from running anything; a page brings its own policy. */
export const securityHeadersPlugin = fp(
  async (app) => {
    app.addHook('onSend', async (_request, reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', NOTHING);
    });
  },
  { name: 'security-headers' },
);
