import type {} from 'fastify';
import fp from 'fastify-plugin';

/** While the service stops, each answer ends its connection: a kept one would hold the process up. */
export const connectionsPlugin = fp(
  async (app) => {
    let closing = false;
    app.addHook('preClose', async () => {
      closing = true;
    });
    app.addHook('onSend', async (_request, reply) => {
      if (closing) reply.header('connection', 'close');
    });
  },
  { name: 'connections' },
);
