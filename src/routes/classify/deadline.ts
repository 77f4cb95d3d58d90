import type { FastifyReply } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import { countError } from '../../plugins/problems.js';

/** How often it is looked, past the deadline, whether the last of the answer is stuck. */
const LOOK_AGAIN_MS = 100;

/**
 * What ends a request before its answer: the client goes away, or `timeoutMs` pass. A client that by then does not
 * read what it was sent is cut off.
 *
 * @returns a controller, aborted then with client_closed_request or deadline_exceeded; `refresh()`, which gives the
 *   request its time anew; and `leftMs()`, the rest of its time.
 */
export function requestAbort(reply: FastifyReply, timeoutMs: number) {
  const { raw, request } = reply;
  const abort = new AbortController();
  request.server.tracing?.follow(request, abort.signal);
  let timer = setTimeout(end, timeoutMs).unref();
  let endMs = performance.now() + timeoutMs;
  function end() {
    abort.abort(new ServiceError('deadline_exceeded', `There was no answer within ${timeoutMs} ms.`));
    // What the system does not take nobody reads: no error would be read either, and nothing else would ever end
    // this request, not even when its answer is complete.
    // The request's socket, for an answer behind another one of its connection has none yet.
    if (request.raw.socket.writableLength > 0) {
      countError(request, 'deadline_exceeded');
      request.raw.socket.destroy();
      return;
    }
    // What is sent from now on may get stuck, too.
    timer = setTimeout(end, LOOK_AGAIN_MS).unref();
  }
  // Of the response, which closes once; the socket lives on for further requests, and Fastify's own
  // `request.signal` is aborted as soon as the body has been read.
  raw.once('close', () => {
    clearTimeout(timer);
    if (raw.writableFinished) return;
    abort.abort(new ServiceError('client_closed_request', 'The client went away.'));
  });
  return {
    abort,
    refresh() {
      timer.refresh();
      endMs = performance.now() + timeoutMs;
    },
    leftMs: () => endMs - performance.now(),
  };
}
