import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { storeFailure } from '../failures.js';
import { migrate } from '../migrate.js';
import type { Database } from '../operations/database.js';
import { OPERATIONS } from '../operations/index.js';
import type { Arguments, Call, OperationName, Result, Store, StoreLog } from '../store.js';

const MAX_CONNECTIONS = 10;
const CONNECT_MS = 5_000;
/** Of one statement, also where it waits for a lock. */
const STATEMENT_MS = 10_000;

/** PostgreSQL, which several replicas may share. */
class PostgresStore implements Store {
  readonly shared = true;

  constructor(
    private readonly db: Database,
    private readonly log: StoreLog,
  ) {}

  async read<N extends OperationName>(name: N, args: Arguments<N>): Promise<Result<N>> {
    return this.#known(() =>
      this.db
        .transaction()
        // All that it reads is of one moment.
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((transaction) => OPERATIONS[name](transaction, args as never) as Promise<Result<N>>),
    );
  }

  async write<const C extends readonly Call[]>(...calls: C) {
    return this.#known(() =>
      this.db.transaction().execute(async (transaction) => {
        const results: unknown[] = [];
        for (const [name, args] of calls) results.push(await OPERATIONS[name](transaction, args as never));
        return results as never;
      }),
    );
  }

  close(): Promise<void> {
    return this.db.destroy();
  }

  async #known<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeFailure(error, this.log);
    }
  }
}

/**
 * Connects to a database and brings its tables up to date.
 *
 * @param url such as postgres://user:password@host/database
 * @throws {Error} what PostgreSQL says.
 */
export async function openPostgres(url: string, log: StoreLog): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: 'hemoserve',
  });
  // Of a connection that nobody uses: the next one is opened anew.
  pool.on('error', (error) => log.error(error, 'a connection to PostgreSQL broke'));
  const db: Database = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db as Kysely<never>);
    return new PostgresStore(db, log);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
