import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../../errors/problem.js';
import { storeFailure } from '../failures.js';
import type { Arguments, Call, OperationName, Result, Store, StoreLog } from '../store.js';
import type { Done, FromWorker, Job, WorkerOptions } from './protocol.js';

interface Waiting {
  resolve(results: unknown[]): void;
  reject(error: ServiceError): void;
}

/** SQLite in a thread of its own, since it blocks the thread that calls it. */
class SqliteStore implements Store {
  // Other processes may have the file open, too.
  readonly shared = true;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: unknown;

  constructor(
    private readonly worker: Worker,
    private readonly log: StoreLog,
  ) {
    worker.on('message', (message: FromWorker) => {
      if (message !== 'open') for (const done of message) this.#finish(done);
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(new Error("SQLite's thread ended")));
  }

  async read<N extends OperationName>(name: N, args: Arguments<N>): Promise<Result<N>> {
    const [result] = await this.#run([[name, args]] as unknown as Call[], false);
    return result as Result<N>;
  }

  async write<const C extends readonly Call[]>(...calls: C) {
    return (await this.#run(calls, true)) as never;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.worker.postMessage('close');
    await once(this.worker, 'exit');
  }

  #run(calls: readonly Call[], changes: boolean): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw storeFailure(this.#ended, this.log);
      this.#lastId += 1;
      const job: Job = { id: this.#lastId, calls, changes };
      this.#waiting.set(job.id, { resolve, reject });
      this.worker.postMessage(job);
    });
  }

  #finish(done: Done): void {
    const waiting = this.#waiting.get(done.id);
    this.#waiting.delete(done.id);
    if ('results' in done) {
      waiting?.resolve(done.results);
      return;
    }
    const { code, message } = done.error;
    waiting?.reject(code ? new ServiceError(code, message) : storeFailure(new Error(message), this.log));
  }

  #end(error: unknown): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(storeFailure(error, this.log));
    this.#waiting.clear();
  }
}

/**
 * Opens a file, with its folder if that is missing, and brings its tables up to date.
 *
 * @throws {Error} what SQLite or the file system says.
 */
export async function openSqlite(file: string, log: StoreLog): Promise<Store> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const workerData: WorkerOptions = { file };
  // The worker is beside this file, compiled or not.
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData });
  await once(worker, 'message');
  return new SqliteStore(worker, log);
}
