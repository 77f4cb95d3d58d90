import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import { QUANTITIES } from '../../trust/drift/quantities.js';
import { SOURCE_NAME } from '../../vocabulary/sources.js';

/** The header that names the analyzer. */
const HEADER = 'x-source';

/** The headers of a request that brings crops; the others are left as they are. */
export const cropHeaders = z.looseObject({
  [HEADER]: z
    .string()
    .regex(SOURCE_NAME)
    .optional()
    .describe('Name of the analyzer that the crops are from; see `source`'),
});

/** The same in the URL. */
export const sourceParameter = z
  .string()
  .regex(SOURCE_NAME)
  .optional()
  .describe(
    'Name of the analyzer that the crops are from. It may choose the model (HEMOSERVE_SOURCES), and its crops are ' +
      'watched (`GET /v1/sources`). The header X-Source does the same',
  );

/** How the source of a request stands. */
export const sourceStatusSchema = z.object({
  name: z.string(),
  state: z
    .enum(['collecting', 'usual', 'shifted'])
    .describe("`shifted`: its last crops are not as in the model's reference"),
  shifted: z.array(z.enum(QUANTITIES)).describe('What is not as in the reference'),
});

/**
 * The analyzer that a request names, if it names one.
 *
 * @throws {ServiceError} invalid_request for a name that is none.
 */
export function sourceOf({ headers }: FastifyRequest, source: string | undefined): string | undefined {
  const named = source ?? headers[HEADER];
  if (named === undefined) return undefined;
  if (typeof named === 'string' && SOURCE_NAME.test(named)) return named;
  throw new ServiceError(
    'invalid_request',
    `X-Source is no name of a source: expected ${SOURCE_NAME.source}.`,
  );
}
