import { ServiceError } from '../errors/problem.js';
import type { StoreLog } from './store.js';

/** A fault of the database in the service's own terms; the log has its reason. */
export function storeFailure(error: unknown, log: StoreLog): ServiceError {
  if (error instanceof ServiceError) return error;
  log.error(error, 'the store of the slides failed');
  return new ServiceError('store_unavailable', 'The store of the slides does not answer.', {
    cause: error,
    retryAfterS: 1,
  });
}
