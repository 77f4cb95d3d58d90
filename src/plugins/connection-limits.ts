import type { Socket } from 'node:net';
import fp from 'fastify-plugin';
import { ServiceError } from '../errors/problem.js';
import type { Settings } from '../settings/schema.js';
import { refuseConnection } from './client-errors.js';

/** Most connections in all, and of one address. */
export const connectionLimitsPlugin = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    const { maxConnections, maxConnectionsPerClient } = settings;
    const counts = new Map<string, number>();
    app.server.maxConnections = maxConnections;
    // Closed by Node, without an answer.
    app.server.on('drop', () => app.metrics.errors.inc({ code: 'too_many_requests' }));
    app.server.on('connection', (socket: Socket) => {
      const { remoteAddress: client = '' } = socket;
      const count = (counts.get(client) ?? 0) + 1;
      counts.set(client, count);
      socket.once('close', () => {
        const left = (counts.get(client) ?? 0) - 1;
        if (left > 0) counts.set(client, left);
        else counts.delete(client);
      });
      if (count <= maxConnectionsPerClient) return;
      // Before its handshake nothing can be said.
      if (settings.tlsCertificate !== undefined) {
        app.metrics.errors.inc({ code: 'too_many_requests' });
        socket.destroy();
        return;
      }
      const detail = `This address has ${maxConnectionsPerClient} connections already.`;
      refuseConnection(app, new ServiceError('too_many_requests', detail), socket);
    });
  },
  { name: 'connection-limits', dependencies: ['client-errors'] },
);
