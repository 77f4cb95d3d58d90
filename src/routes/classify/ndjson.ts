import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { toKnownError } from '../../plugins/problems.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Outcome } from './outcomes.js';

/**
 * Outcomes as lines of JSON, each as soon as it is there and the client reads on. The last line has the head and,
 * since the status is long sent, the error that ended the request if one did.
 *
 * @param onLine is told of each outcome.
 * @param toLine an outcome as the answer has it.
 * @throws {ServiceError} what the first outcome throws: until then the answer can still be a problem.
 */
export async function ndjsonLines<R>(
  outcomes: AsyncGenerator<Outcome<R>, void>,
  head: () => object,
  request: FastifyRequest,
  onLine: () => void,
  toLine: (outcome: Outcome<R>, metrics: Metrics) => object,
): Promise<Readable> {
  return Readable.from(lines(await outcomes.next(), outcomes, head, request, onLine, toLine));
}

async function* lines<R>(
  first: IteratorResult<Outcome<R>, void>,
  outcomes: AsyncGenerator<Outcome<R>, void>,
  head: () => object,
  request: FastifyRequest,
  onLine: () => void,
  toLine: (outcome: Outcome<R>, metrics: Metrics) => object,
): AsyncGenerator<string, void> {
  let imageCount = 0;
  try {
    for (let next = first; !next.done; next = await outcomes.next()) {
      imageCount += 1;
      request.imageCount = imageCount;
      onLine();
      yield line(toLine(next.value, request.server.metrics));
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
