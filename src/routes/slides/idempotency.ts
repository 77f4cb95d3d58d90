import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../../errors/problem.js';
import { contentHash } from '../../images/content-hash.js';
import type { KeptAnswer } from '../../store/operations/answers.js';
import type { Store } from '../../store/store.js';
import { prefersLines } from '../classify/negotiation.js';
import type { Classify } from '../classify/outcomes.js';

/** The key of a request whose answer is kept: an answer by lines is sent before it is whole. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' && !prefersLines(request) ? key : undefined;
}

/**
 * A request with an Idempotency-Key is answered once: the same crops with the same key get that answer again. Without a
 * key nothing is kept.
 */
export async function answerOnce(store: Store, slideId: string, idempotencyKey: string | undefined) {
  const key = idempotencyKey === undefined ? undefined : { slideId, idempotencyKey };
  const kept = key && (await store.read('findAnswer', key));
  /** Of the files, in their order. */
  const hashes: Promise<string>[] = [];
  const fingerprint = async () =>
    createHash('sha256')
      .update((await Promise.all(hashes)).join())
      .digest('hex');
  const same = async (before: KeptAnswer): Promise<object> => {
    if (before.fingerprint === (await fingerprint())) return JSON.parse(before.answer);
    throw new ServiceError(
      'idempotency_key_reused',
      'These are other crops than those first sent with this key.',
    );
  };
  const hash = (content: Buffer) => {
    const hashed = contentHash(content);
    hashes.push(hashed);
    return hashed;
  };
  return {
    kept: kept !== undefined,
    /** Classifies nothing, but takes note of the files. */
    compare: (async ({ content }) => ({ sha256: await hash(content) })) satisfies Classify<object>,
    /** The answer that is kept. @throws {ServiceError} idempotency_key_reused */
    again: () => same(kept as KeptAnswer),
    /** Takes note of the files that are classified. */
    watch<R>(classify: Classify<R>): Classify<R> {
      if (!key) return classify;
      return async (crop) => {
        await hash(crop.content);
        return classify(crop);
      };
    },
    /** Keeps an answer. @returns the one to give: another request with the same key may have been faster. */
    async keep(answer: object): Promise<object> {
      if (!key) return answer;
      const mine = { fingerprint: await fingerprint(), answer: JSON.stringify(answer) };
      const [first] = await store.write(['keepAnswer', { ...key, ...mine }]);
      return same(first);
    },
  };
}
