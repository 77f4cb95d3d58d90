import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Classifier } from '../../classify/classifier.js';
import type { SourceStatus } from '../../classify/sources.js';
import { trustSchema } from './judgement.js';
import { sourceStatusSchema } from './source.js';

/** What an answer says beside its results. */
export const headSchema = z.object({
  requestId: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
  trust: trustSchema,
  source: sourceStatusSchema
    .optional()
    .describe('How the source stands that the request names, after its crops'),
});

/** Of a request's crops, what its answer's head says. */
interface Answered {
  classifier: Classifier;
  sourceStatus(): SourceStatus | undefined;
}

/** After the crops, since they change how their source stands. */
export function headOf(
  { id }: FastifyRequest,
  { classifier, sourceStatus }: Answered,
): z.infer<typeof headSchema> {
  const { model, trustTerms: trust } = classifier;
  const { name, version } = model.manifest;
  const source = sourceStatus();
  return {
    requestId: id,
    model: { name, version },
    trust,
    ...(source && { source: { ...source, shifted: [...source.shifted] } }),
  };
}
