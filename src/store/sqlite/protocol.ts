import type { ErrorCode } from '../../errors/codes.js';
import type { Call } from '../store.js';

/** What the thread is started with. */
export interface WorkerOptions {
  file: string;
}

export interface Job {
  id: number;
  /** Of one transaction, or one that changes nothing. */
  calls: readonly Call[];
  changes: boolean;
}

export type Done = { id: number } & (
  | { results: unknown[] }
  /** A ServiceError has a code; any other one is a fault of the database. */
  | { error: { code?: ErrorCode; message: string } }
);

export type FromWorker = 'open' | Done[];
