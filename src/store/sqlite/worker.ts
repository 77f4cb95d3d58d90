import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { ServiceError } from '../../errors/problem.js';
import { migrate } from '../migrate.js';
import type { Database } from '../operations/database.js';
import { OPERATIONS } from '../operations/index.js';
import { openDatabase } from './database.js';
import type { Done, Job, WorkerOptions } from './protocol.js';

const { file } = workerData as WorkerOptions;
const { database, dialect } = openDatabase(file);
const db: Database = new Kysely({ dialect });
// Processes that start together wait for each other.
database.exec('BEGIN IMMEDIATE');
await migrate(db as Kysely<never>);
database.exec('COMMIT');

let waiting: Job[] = [];
let running = false;

async function runAll(): Promise<void> {
  if (running) return;
  running = true;
  while (waiting.length > 0) {
    const jobs = waiting;
    waiting = [];
    const writes = jobs.filter(({ changes }) => changes);
    const reads = jobs.filter(({ changes }) => !changes);
    parentPort?.postMessage([
      ...(await runTogether('BEGIN IMMEDIATE', writes)),
      ...(await runTogether('BEGIN', reads)),
    ]);
    await nextTurn();
  }
  running = false;
}

/**
 * Runs jobs in one transaction: those that came while the disk was waited for share one commit. Each is behind its own
 * savepoint, so that one that fails takes none of the others back.
 */
async function runTogether(begin: string, jobs: Job[]): Promise<Done[]> {
  if (jobs.length === 0) return [];
  try {
    database.exec(begin);
    const done: Done[] = [];
    for (const job of jobs) done.push(await runOne(job));
    database.exec('COMMIT');
    return done;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    return jobs.map(({ id }) => failed(id, error));
  }
}

async function runOne({ id, calls }: Job): Promise<Done> {
  database.exec('SAVEPOINT job');
  try {
    const results: unknown[] = [];
    for (const [name, args] of calls) results.push(await OPERATIONS[name](db, args as never));
    database.exec('RELEASE job');
    return { id, results };
  } catch (error) {
    // Some faults, such as a full disk, have taken the whole transaction back.
    if (!database.inTransaction) throw error;
    database.exec('ROLLBACK TO job');
    database.exec('RELEASE job');
    return failed(id, error);
  }
}

function failed(id: number, error: unknown): Done {
  const { message, code } = error as Error & { code?: string };
  if (error instanceof ServiceError) return { id, error: { code: error.code, message } };
  return { id, error: { message: `SQLite: ${message} (${code})` } };
}

parentPort?.on('message', (job: Job | 'close') => {
  if (job === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  waiting.push(job);
  void runAll();
});
parentPort?.postMessage('open');
