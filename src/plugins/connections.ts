import type {} from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the service begins to stop: no more ready, though what was admitted goes on. */
    stop: AbortController;
  }
}

/** While the service stops, each answer ends its connection: a kept one would hold the process up. */
export const connectionsPlugin = fp(
  async (app) => {
    const stop = new AbortController();
    app.decorate('stop', stop);
    app.addHook('preClose', async () => stop.abort());
    app.addHook('onSend', async (_request, reply) => {
      if (stop.signal.aborted) reply.header('connection', 'close');
    });
  },
  { name: 'connections' },
);
