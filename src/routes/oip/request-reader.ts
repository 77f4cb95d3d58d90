import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ServiceError } from '../../errors/problem.js';
import { throwWorkerDied } from '../../errors/thread-death.js';
import { BYTES_A_TURN } from '../../vocabulary/turns.js';
import { type InferRequest, type ReadResult, type ReadTask, readInferRequest } from './read-request.js';

/** Reads the bodies of requests. JSON that would take a turn of the event loop too long goes to a worker thread. */
export class RequestReader {
  readonly #pool = new Piscina<ReadTask, ReadResult>({
    // Compiled or not, as this file is.
    filename: fileURLToPath(new URL(`./read-worker${extname(import.meta.url)}`, import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
  });

  /** @throws {ServiceError} invalid_request where the body is no request of the protocol. */
  async read(task: ReadTask): Promise<InferRequest> {
    const jsonBytes = Number(task.jsonLength ?? task.body.length);
    const result =
      jsonBytes > BYTES_A_TURN ? await this.#pool.run(task).catch(throwWorkerDied) : readInferRequest(task);
    if ('request' in result) return result.request;
    throw new ServiceError('invalid_request', result.problem);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
