import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresServer, postgresPrograms } from './postgres.js';

/** A place for new, empty databases of one kind. */
export interface Databases {
  /** @returns what HEMOSERVE_DATABASE names it. */
  create(): Promise<string>;
}

/**
 * Runs tests against each real database: SQLite, and PostgreSQL where it is installed.
 *
 * @param tests gets what makes databases, to be called within tests or hooks.
 */
export function describeStores(title: string, tests: (databases: Databases) => void): void {
  describe(`${title}, SQLite`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-store-'));
    let count = 0;
    tests({
      create: async () => {
        count += 1;
        return join(folder, `${count}`, 'slides.db');
      },
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
  });

  if (!postgresPrograms) console.warn(`skipped: ${title}, PostgreSQL, which is not installed`);
  describe.runIf(postgresPrograms)(`${title}, PostgreSQL`, () => {
    let server: PostgresServer;
    let count = 0;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    tests({
      create: () => {
        count += 1;
        return server.database(`test${count}`);
      },
    });
    afterAll(() => server?.dispose());
  });
}
