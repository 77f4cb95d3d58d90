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
  const accept = withoutDetails(headers.accept);
  const [preferred] = new Negotiator({ headers: { accept } }).mediaTypes(types);
  if (preferred === undefined) {
    throw new ServiceError('not_acceptable', `A slide is given as one of ${types.join(', ')}.`);
  }
  return RENDERERS.find(({ mediaType }) => mediaType === preferred);
}

/** What clients say of a format that has one version and one character set here, such as `fhirVersion=4.0`. */
function withoutDetails(accept: string | undefined): string | undefined {
  return accept?.replaceAll(/;\s*(?:fhirVersion|charset|header)=[^;,]*/gi, '');
}
