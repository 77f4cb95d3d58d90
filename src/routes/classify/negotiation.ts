import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { ServiceError } from '../../errors/problem.js';
import { NDJSON_TYPE } from './answers.js';

/** Whether the client likes lines more than JSON, by the q-values of its Accept header. JSON if it takes neither. */
export function prefersLines({ headers: { accept } }: FastifyRequest): boolean {
  const [preferred] = new Negotiator({ headers: { accept } }).mediaTypes(['application/json', NDJSON_TYPE]);
  return preferred === NDJSON_TYPE;
}

/**
 * A compressed body is not read: crops are compressed already.
 *
 * @throws {ServiceError} unsupported_content_encoding
 */
export function refuseEncoded({ headers }: FastifyRequest, reply: FastifyReply): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  reply.header('accept-encoding', 'identity');
  throw new ServiceError('unsupported_content_encoding', `The body is encoded as "${encoding}".`);
}
