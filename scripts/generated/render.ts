import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../src/app.js';
import { loadSettings } from '../../src/settings/load.js';
import { putSection } from './sections.js';
import { errorsTable, settingsTable } from './tables.js';

const root = join(import.meta.dirname, '..', '..');

/** Every generated file as it should be, by its absolute path. */
export async function renderGenerated(): Promise<Map<string, string>> {
  const readme = join(root, 'README.md');
  const tables = { settings: settingsTable(), errors: errorsTable() };
  return new Map([
    [join(root, 'openapi.yaml'), await renderOpenapi()],
    [readme, withTables(readFileSync(readme, 'utf8'), tables)],
  ]);
}

async function renderOpenapi(): Promise<string> {
  // With the token, so that the admin routes are in it.
  const app = await buildApp({ ...loadSettings({}), logLevel: 'silent', adminToken: 'admin' });
  const document = app.swagger({ yaml: true });
  await app.close();
  return document;
}

function withTables(text: string, tables: Record<string, string>): string {
  return Object.entries(tables).reduce(
    (result, [name, table]) => putSection(result, 'README.md', name, table),
    text,
  );
}
