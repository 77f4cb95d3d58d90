import type { Store, StoreLog } from './store.js';

const POSTGRES_URL = /^postgres(ql)?:\/\//;

/**
 * Opens the store that HEMOSERVE_DATABASE names: the URL of a PostgreSQL database, or else a file of SQLite.
 *
 * @throws {Error} what the database says.
 */
export async function openStore(database: string, log: StoreLog): Promise<Store> {
  // Neither client is loaded unless it is used.
  if (POSTGRES_URL.test(database)) return (await import('./postgres/store.js')).openPostgres(database, log);
  return (await import('./sqlite/store.js')).openSqlite(database, log);
}
