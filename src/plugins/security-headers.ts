import type {} from 'fastify';
import fp from 'fastify-plugin';
import type { Settings } from '../settings/schema.js';

/** For answers that a browser shall not take for a page: nothing in them runs, and no page frames them. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

const YEAR_S = 31_536_000;

/**
 * Headers that keep a browser from guessing types, from running anything and from keeping what is of patients; a page
 * brings its own.
 */
export const securityHeadersPlugin = fp<{ settings: Settings }>(
  async (app, { settings: { tlsCertificate } }) => {
    const headers = {
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      ...(tlsCertificate !== undefined && { 'strict-transport-security': `max-age=${YEAR_S}` }),
    };
    const unlessSet = {
      'content-security-policy': NOTHING,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    };
    app.addHook('onSend', async (_request, reply) => {
      reply.headers(headers);
      for (const [name, value] of Object.entries(unlessSet)) {
        if (!reply.hasHeader(name)) reply.header(name, value);
      }
    });
  },
  { name: 'security-headers' },
);
