import { ServiceError } from './problem.js';

/** Whether a task of a Piscina pool ended because its thread did, and not by what it threw itself. */
export function isThreadDeath(error: unknown): boolean {
  const { message, code } = error as Error & { code?: string };
  return (
    code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    message.startsWith('worker exited with code') ||
    // What waited for a thread of a pool that is destroyed.
    message === 'Terminating worker thread'
  );
}

/** For a task's `catch`: throws worker_died if its thread died, else what it rejected with. */
export function throwWorkerDied(error: unknown): never {
  if (!isThreadDeath(error)) throw error;
  const detail = 'A thread of the service died with what this request sent; another one is started.';
  throw new ServiceError('worker_died', detail, { cause: error, retryAfterS: 1 });
}
