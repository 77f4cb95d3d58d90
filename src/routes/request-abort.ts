import type { FastifyReply } from 'fastify';
import { ServiceError } from '../errors/problem.js';

/**
 * What ends a request before its answer: the client goes away, or `timeoutMs` pass.
 *
 * @returns a controller, aborted then with client_closed_request or deadline_exceeded, and the timer, whose
 *   `refresh()` gives the request its time anew.
 */
export function requestAbort(reply: FastifyReply, timeoutMs: number) {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort(new ServiceError('deadline_exceeded', `There was no answer within ${timeoutMs} ms.`));
    // A client that does not read could not read an error either.
    if (reply.raw.writableNeedDrain) reply.raw.destroy();
  }, timeoutMs).unref();
  // Of the response, which closes once; the socket lives on for further requests, and Fastify's own
  // `request.signal` is aborted as soon as the body has been read.
  reply.raw.once('close', () => {
    clearTimeout(timer);
    if (reply.raw.writableFinished) return;
    abort.abort(new ServiceError('client_closed_request', 'The client went away.'));
  });
  return { abort, timer };
}
