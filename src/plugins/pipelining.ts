import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fp from 'fastify-plugin';
import { ServiceError } from '../errors/problem.js';

/** Most requests of one connection whose answers are still to be sent: more than any pipelining client has. */
const MAX_PIPELINED = 256;
/** Past it the rest of a flood is not worth a look, and its connection is cut. */
const MAX_IGNORED = 1024;

interface Connection {
  /** Answers that are not sent yet, in their order. */
  readonly open: Set<ServerResponse>;
  /** Requests past the bound, which get no answer. */
  ignored: number;
  /** Whether no more requests are answered than the open ones. */
  ends: boolean;
}

const connections = new WeakMap<Socket, Connection>();

/** Answers of a connection that are not sent yet, in the order of their requests. */
export function openAnswers(socket: Socket): ReadonlySet<ServerResponse> {
  return connections.get(socket)?.open ?? new Set();
}

/** From now on no request of a connection is answered. */
export function takeNoMore(socket: Socket): void {
  connectionOf(socket).ends = true;
}

/**
 * Ties every answer to its connection, and bounds how many one connection waits for.
 *
 * Node sends pipelined requests' answers one after the other, and only the first one of them has the socket. When the
 * client goes away, Node says 'close' on that one alone. All others are told here, so that whatever waits for their
 * end lets go.
 */
export const pipeliningPlugin = fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      const { raw } = reply;
      const { socket } = request.raw;
      const connection = connectionOf(socket);
      if (connection.ends || socket.destroyed) {
        reply.hijack();
        connection.ignored += 1;
        if (connection.ignored > MAX_IGNORED) socket.destroy();
        return;
      }
      connection.open.add(raw);
      raw.once('close', () => connection.open.delete(raw));
      connection.ends = connection.open.size > MAX_PIPELINED;
      if (!connection.ends) return done();
      reply.header('connection', 'close');
      done(
        new ServiceError(
          'too_many_requests',
          `More than ${MAX_PIPELINED} requests of this connection wait for their answers.`,
        ),
      );
    });
  },
  { name: 'pipelining' },
);

function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const connection: Connection = { open: new Set(), ignored: 0, ends: false };
  connections.set(socket, connection);
  socket.once('close', () => {
    for (const answer of connection.open) {
      if (answer.socket) continue;
      answer.destroy();
      answer.emit('close');
    }
  });
  return connection;
}
