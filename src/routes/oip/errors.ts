import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../errors/codes.js';
import { toKnownError } from '../../plugins/problems.js';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** An error as the protocol has it; its other fields are what a problem of /v1 has. */
const errorSchema = z
  .object({
    error: z.string().describe('What is wrong with this request'),
    code: z.enum(codes).describe('Stable code to match on'),
    requestId: z.string().describe('Id of the request, as in the log'),
  })
  .meta({ id: 'InferenceError' });

/** Answers the errors of these routes as the protocol says. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendError(app.unrouted(request.method, request.url), request, reply),
  );
  app.setErrorHandler<FastifyError>(sendError);
}

function sendError(error: Error, request: FastifyRequest, reply: FastifyReply) {
  const { code, status, message, retryAfterS, allow } = toKnownError(error, request);
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (allow !== undefined) reply.header('allow', allow);
  return reply.code(status).send({ error: message, code, requestId: request.id });
}

/** What a caller without the route's scope gets. */
export const SCOPE_ERRORS = ['unauthorized', 'insufficient_scope', 'too_many_requests'] as const;

/** Response schemas for a route's errors, by status. */
export function errorResponses(...errors: ErrorCode[]) {
  const statuses = new Set(errors.map((code) => ERRORS[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      errorSchema.describe(
        errors
          .filter((code) => ERRORS[code].status === status)
          .map((code) => `\`${code}\`: ${ERRORS[code].when}`)
          .join('\n\n'),
      ),
    ]),
  );
}
