import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildApp } from '../../src/app.js';
import { manifestSchema } from '../../src/registry/manifest.js';
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
    // What training validates the manifests that it writes against.
    [join(root, 'models', 'manifest.schema.json'), renderSchema(manifestSchema)],
  ]);
}

function renderSchema(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema), undefined, 2)}\n`;
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
