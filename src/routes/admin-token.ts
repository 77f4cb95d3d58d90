import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../errors/problem.js';

/** A hook that lets pass only requests with this bearer token. */
export function requireToken(token: string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (isAuthorized(request.headers.authorization, token)) return;
    reply.header('www-authenticate', 'Bearer realm="hemoserve"');
    throw new ServiceError('unauthorized', 'The request needs the bearer token of this service.');
  };
}

/** Compares in a time that says nothing of the token (RFC 6750 for the header). */
function isAuthorized(header: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
