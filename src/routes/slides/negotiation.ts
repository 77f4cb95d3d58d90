import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { ServiceError } from '../../errors/problem.js';
import type { LisFormat } from '../../lis/formats.js';
import { RENDERERS } from './renderers.js';

const JSON_TYPE = 'application/json';

/**
 * The format that a client wants: by name, or else by its Accept header.
 *
 * @returns undefined for JSON.
 * @throws {ServiceError} not_acceptable
 */
export function rendererFor({ headers }: FastifyRequest, format: string | undefined): LisFormat | undefined {
  if (format !== undefined) return RENDERERS.find(({ name }) => name === format);
  const types = [JSON_TYPE, ...RENDERERS.map(({ mediaType }) => mediaType)];
  const [preferred] = new Negotiator({ headers: { accept: headers.accept } }).mediaTypes(types);
  if (preferred === undefined) {
    throw new ServiceError('not_acceptable', `A slide is given as one of ${types.join(', ')}.`);
  }
  return RENDERERS.find(({ mediaType }) => mediaType === preferred);
}
