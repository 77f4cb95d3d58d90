import { type SqliteDatabase as Connection, SqliteDialect, type SqliteStatement } from 'kysely';
import SqliteDatabase from 'libsql';
import { LRUCache } from 'lru-cache';

/** How long another process on the same file may keep it locked. */
const LOCKED_MS = 5_000;
const BUSY_PAUSE_MS = 10;
const MAX_STATEMENTS = 200;

/**
 * Opens a file, or makes it, so that what is committed is on the disk (WAL, with `synchronous` FULL).
 *
 * @throws {Error} what SQLite says.
 */
export function openDatabase(file: string): { database: SqliteDatabase.Database; dialect: SqliteDialect } {
  const database = new SqliteDatabase(file, { timeout: LOCKED_MS });
  useWal(database);
  for (const pragma of ['synchronous = FULL', 'foreign_keys = ON']) database.pragma(pragma);
  return { database, dialect: new SqliteDialect({ database: withKeptStatements(database) }) };
}

/** SQLite waits for a locked file, but not where another process makes the same one. */
function useWal(database: SqliteDatabase.Database): void {
  const untilMs = performance.now() + LOCKED_MS;
  for (;;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || performance.now() > untilMs) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
  }
}

/** The query builder prepares each statement anew, which costs more than to run it. */
function withKeptStatements(database: SqliteDatabase.Database): Connection {
  const statements = new LRUCache<string, SqliteStatement>({ max: MAX_STATEMENTS });
  return {
    close: () => database.close(),
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept) return kept;
      const statement = database.prepare(sql) as unknown as SqliteStatement;
      statements.set(sql, statement);
      return statement;
    },
  };
}
