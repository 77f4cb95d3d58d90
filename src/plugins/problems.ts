import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { ErrorCode } from '../errors/codes.js';
import { PROBLEM_TYPE, ServiceError } from '../errors/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the error that the request ended with, for its log line. */
    errorCode: ErrorCode | undefined;
  }
}

/** Codes of Fastify that are the client's doing, in the service's own terms. */
const CODE_BY_FASTIFY_CODE: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_content_type',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported_content_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'file_too_large',
};

/** Every error leaves as an RFC 9457 problem with a code from the table. */
export const problemsPlugin = fp(
  async (app) => {
    app.decorateRequest('errorCode', undefined);
    app.setNotFoundHandler((request, reply) =>
      sendProblem(app.unrouted(request.method, request.url), request, reply),
    );
    app.setErrorHandler<FastifyError>(sendProblem);
  },
  { name: 'problems', dependencies: ['metrics', 'known-methods'] },
);

/** Fastify's `frameworkErrors`: the URL cannot be parsed, so that no route and no hook is called. */
export function sendUnrouted(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  // Nobody reads its body.
  reply.header('connection', 'close').header('x-content-type-options', 'nosniff');
  sendProblem(new ServiceError('invalid_request', error.message, { cause: error }), request, reply);
  const { method, errorCode: code } = request;
  request.log.info({ method, status: reply.statusCode, code }, 'request');
}

/** Answers with the problem that an error is. */
export function sendProblem(
  error: FastifyError | ServiceError,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const known = toKnownError(error, request);
  // Also on errors that come before any hook.
  reply.header('x-request-id', request.id);
  if (known.retryAfterS !== undefined) reply.header('retry-after', known.retryAfterS);
  if (known.allow !== undefined) reply.header('allow', known.allow);
  return reply.code(known.status).type(PROBLEM_TYPE).send(known.toProblem(request.id));
}

/** The error in the service's own terms, counted as that which the request ended with. */
export function toKnownError(error: Error, request: FastifyRequest): ServiceError {
  const known = toServiceError(error, request);
  if (known.code === 'internal_error') request.log.error(error, 'internal error');
  countError(request, known.code);
  return known;
}

/** Counts the error that a request ends with: the first one, since a client that left may cause a second. */
export function countError(request: FastifyRequest, code: ErrorCode): void {
  if (request.errorCode) return;
  request.errorCode = code;
  request.server.metrics.errors.inc({ code });
}

function toServiceError(error: Error & Partial<FastifyError>, request: FastifyRequest): ServiceError {
  if (error instanceof ServiceError) return error;
  if (request.raw.destroyed && !request.raw.complete) {
    return new ServiceError('client_closed_request', 'The client went away.', { cause: error });
  }
  // Whatever else is wrong with it, such as its body.
  if (request.is404) return request.server.unrouted(request.method, request.url);
  const code = CODE_BY_FASTIFY_CODE[error.code ?? ''];
  if (code) return new ServiceError(code, error.message, { cause: error });
  // Fastify and its plugins give what is the client's doing such a status.
  const isOfClient = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  if (isOfClient || hasZodFastifySchemaValidationErrors(error)) {
    return new ServiceError('invalid_request', error.message, { cause: error });
  }
  return new ServiceError('internal_error', 'The service failed; the log has the reason.', { cause: error });
}
