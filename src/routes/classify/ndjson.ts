import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { toKnownError } from '../../plugins/problems.js';
import { type AnswerHead, toResult } from './answers.js';
import type { Outcome } from './outcomes.js';

/**
 * Outcomes as lines of JSON, each as soon as it is there and the client reads on. The last line has the head and,
 * since the status is long sent, the error that ended the request if one did.
 *
 * @param onLine is told of each outcome.
 * @throws {ServiceError} what the first outcome throws: until then the answer can still be a problem.
 */
export async function ndjsonLines(
  outcomes: AsyncGenerator<Outcome, void>,
  head: () => AnswerHead,
  request: FastifyRequest,
  onLine: () => void,
): Promise<Readable> {
  return Readable.from(lines(await outcomes.next(), outcomes, head, request, onLine));
}

async function* lines(
  first: IteratorResult<Outcome, void>,
  outcomes: AsyncGenerator<Outcome, void>,
  head: () => AnswerHead,
  request: FastifyRequest,
  onLine: () => void,
): AsyncGenerator<string, void> {
  let imageCount = 0;
  try {
    for (let next = first; !next.done; next = await outcomes.next()) {
      imageCount += 1;
      request.imageCount = imageCount;
      onLine();
      yield line(toResult(next.value, request.server.metrics));
    }
    yield line({ ...head(), imageCount });
  } catch (error) {
    yield line({ ...head(), imageCount, error: toKnownError(error as Error, request).toProblem(request.id) });
  } finally {
    await outcomes.return();
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
