import type { FastifyRequest } from 'fastify';
import type { Classification, Classifier } from '../../classify/classifier.js';
import { ServiceError } from '../../errors/problem.js';
import { contentHash } from '../../images/content-hash.js';
import type { Classify } from './outcomes.js';

/** What is told of an image. */
export interface Told {
  model: { name: string; version: string };
  class: string;
  probability: number;
  decision?: string | undefined;
}

/** What is told of an image that a classifier classifies now. */
export function toldBy({ model }: Classifier): (result: Classification) => Told {
  const { name, version } = model.manifest;
  return (result) => ({ model: { name, version }, ...result });
}

/** Whose request it is, for a record of the audit. */
export function callOf({ caller, id }: FastifyRequest) {
  return { caller: caller && { [caller.kind]: caller.name }, requestId: id };
}

/**
 * Lets each image be written into the audit, where there is one, once it is known what is told of it.
 *
 * @param toldOf nothing for an answer that is only repeated.
 */
export function audited<R extends object>(
  request: FastifyRequest,
  classify: Classify<R>,
  toldOf: (result: R) => Told | undefined,
): Classify<R> {
  const { audit } = request.server;
  if (!audit) return classify;
  return async (crop) => {
    const write = async (told: object) => {
      const sha256 = await contentHash(crop.content);
      audit.write({ event: 'image', ...callOf(request), sha256, ...told });
    };
    const result = await classify(crop).catch(async (error: unknown) => {
      // Of a request that ended before, nothing is told.
      if (error instanceof ServiceError && error !== crop.signal.reason) await write({ error: error.code });
      throw error;
    });
    const told = toldOf(result);
    if (told) {
      const { model, class: name, probability, decision } = told;
      await write({ model, result: { class: name, probability, decision } });
    }
    return result;
  };
}
