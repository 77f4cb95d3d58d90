import { randomUUID } from 'node:crypto';
import { METHODS, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { ErrorCode } from '../errors/codes.js';
import { PROBLEM_TYPE, ServiceError } from '../errors/problem.js';
import { openAnswers, takeNoMore } from './pipelining.js';

/** Time for a refused client to read why. */
const FAREWELL_MS = 1_000;

/** What Node's HTTP parser refuses, and how the service says it; anything else that it refuses is an invalid request. */
const ERROR_BY_NODE_CODE: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The header has more than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['invalid_request', 'A chunk of the body has too long extensions.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The header did not come in time.'],
};

/** Errors that come before Fastify, as problems like any other: CONNECT, an Expect header, a missing Host header. */
export const clientErrorsPlugin = fp(
  async (app) => {
    app.server.on('checkExpectation', (_request, response) => {
      const problem = new ServiceError('expectation_failed', 'The service knows no Expect but 100-continue.');
      const { status, headers, body } = refusal(app, problem);
      response.writeHead(status, headers).end(body);
    });
    // Without a listener Node closes the connection.
    app.server.on('connect', (_request, socket) => {
      const problem = new ServiceError('invalid_request', 'The service is no proxy.');
      refuseConnection(app, problem, socket as Socket);
    });
    // Node's own check answers without a body.
    app.addHook('onRequest', async ({ raw }, reply) => {
      if (raw.httpVersion !== '1.1' || raw.headers.host !== undefined) return;
      reply.header('connection', 'close');
      throw new ServiceError('invalid_request', 'An HTTP/1.1 request needs a Host header.');
    });
  },
  { name: 'client-errors', dependencies: ['metrics'] },
);

/** Fastify's `clientErrorHandler`: answers what Node's parser refused, and ends the connection. */
export function refuseUnparsed(
  this: FastifyInstance,
  error: Error & { code?: string; rawPacket?: unknown },
  socket: Socket,
): void {
  const { code = '' } = error;
  const isOfParser = code.startsWith('HPE_') || code in ERROR_BY_NODE_CODE;
  const open = [...openAnswers(socket)];
  // A client that went away within a body: its request says so.
  const left = code === 'HPE_INVALID_EOF_STATE' && open.length > 0;
  if (!isOfParser || !socket.writable || left) {
    socket.destroy();
    return;
  }
  const [known, detail] = ERROR_BY_NODE_CODE[code] ?? ['invalid_request', `This is no HTTP/1.1: ${code}.`];
  const unknown = code === 'HPE_INVALID_METHOD' && unknownMethod(this, error.rawPacket);
  const problem = unknown || new ServiceError(known, detail);
  // It would be taken for the answer to a request before.
  if (open.some(({ req, headersSent }) => req.complete || headersSent)) {
    refusal(this, problem);
    socket.destroy();
  } else refuseConnection(this, problem, socket);
}

/** What a request is told whose method Node's parser does not know (QUERY before Node 22), though the path has others. */
function unknownMethod(app: FastifyInstance, rawPacket: unknown): ServiceError | undefined {
  const line = /^([A-Z-]{1,64}) (\/[!-~]{0,2048}) HTTP\/1\.[01]\r?\n/.exec(
    (rawPacket as Buffer | undefined)?.toString('latin1') ?? '',
  );
  const [, method = '', url = ''] = line ?? [];
  // One that it knows was that of a request before.
  if (!line || METHODS.includes(method)) return undefined;
  const problem = app.unrouted(method, url);
  return problem.code === 'method_not_allowed' ? problem : undefined;
}

/** Answers a connection that has no request, counts that, and ends it. */
export function refuseConnection(app: FastifyInstance, problem: ServiceError, socket: Socket): void {
  takeNoMore(socket);
  const { status, headers, body } = refusal(app, problem);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
}

/** A problem as an answer without Fastify; counted and logged. */
function refusal({ metrics, log }: FastifyInstance, problem: ServiceError) {
  const { code, status } = problem;
  const requestId = randomUUID();
  metrics.errors.inc({ code });
  log.info({ requestId, status, code }, 'request');
  const body = JSON.stringify(problem.toProblem(requestId));
  const headers = {
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    ...(problem.allow && { allow: problem.allow }),
    connection: 'close',
  };
  return { status, headers, body };
}
