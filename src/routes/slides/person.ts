import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import type { Person } from '../../slides/verification.js';

/** Who a body says that its sender is. */
type Said = { name?: string | undefined; identifier?: string | undefined } | undefined;

/**
 * Who does something to a slide. A key or token tells it, whatever the body says; its word counts only where nobody is
 * asked for one.
 *
 * @throws {ServiceError} verifier_missing where neither tells.
 */
export function personOf({ caller }: Pick<FastifyRequest, 'caller'>, said: Said): Person {
  if (caller) return { name: caller.name };
  const name = said?.name?.trim();
  if (!name) throw new ServiceError('verifier_missing', 'This needs by.name, the name of a person.');
  return { name, ...(said?.identifier !== undefined && { identifier: said.identifier }) };
}
