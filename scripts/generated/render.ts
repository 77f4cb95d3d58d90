import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildApp } from '../../src/app.js';
import { manifestSchema } from '../../src/registry/manifest.js';
import { trustDataSchema } from '../../src/registry/trust-data.js';
import { loadSettings } from '../../src/settings/load.js';
import { reportSections } from '../results/report.js';
import { resultsSections } from '../results/sections.js';
import { adaptFigures } from './adapt.js';
import { type OpenapiDocument, parametersTable, routesTable } from './api.js';
import { renderDashboard } from './dashboard.js';
import { foldersInGit, foldersTable } from './folders.js';
import { lisSections } from './lis.js';
import { putSection } from './sections.js';
import { errorsTable, settingsTable } from './tables.js';
import { leftOutFigures, scoreFigures, trustFigures } from './trust.js';

const root = join(import.meta.dirname, '..', '..');

/** Every generated file as it should be, by its absolute path. */
export async function renderGenerated(): Promise<Map<string, string>> {
  const { document, yaml } = await openapi();
  const folders = foldersInGit(root);
  const versions = resultsSections();
  const sections = {
    'docs/reference/settings.md': { settings: settingsTable() },
    'docs/reference/errors.md': { errors: errorsTable() },
    'docs/reference/api.md': { routes: routesTable(document), parameters: parametersTable(document) },
    ...versions,
    'docs/results.md': { ...versions['docs/results.md'], ...reportSections() },
    'docs/lis.md': lisSections(),
    'docs/adapt.md': { 'adapt figures': adaptFigures(root) },
    'docs/trust.md': {
      'trust figures': trustFigures(root),
      scores: scoreFigures(root),
      'left out': leftOutFigures(root),
    },
    'docs/architecture.md': {
      'folders of the service': foldersTable('service', folders),
      'folders of training': foldersTable('training', folders),
      'folders of the benchmark': foldersTable('bench', folders),
      'other folders': foldersTable('rest', folders),
    },
  };
  return new Map([
    [join(root, 'openapi.yaml'), yaml],
    // What training validates the manifests that it writes against.
    [join(root, 'models', 'manifest.schema.json'), renderSchema(manifestSchema)],
    [join(root, 'models', 'trust.schema.json'), renderSchema(trustDataSchema)],
    [join(root, 'deploy', 'grafana', 'dashboards', 'hemoserve.json'), renderDashboard()],
    ...Object.entries(sections).map(([file, texts]): [string, string] => [
      join(root, file),
      withSections(file, texts),
    ]),
  ]);
}

function renderSchema(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema), undefined, 2)}\n`;
}

/** The OpenAPI document, as an object and as the file's text. */
async function openapi(): Promise<{ document: OpenapiDocument; yaml: string }> {
  // With the token, so that the admin routes are in it.
  const app = await buildApp({ ...loadSettings({}), logLevel: 'silent', adminToken: 'admin' });
  await app.ready();
  const document = app.swagger() as unknown as OpenapiDocument;
  const yaml = app.swagger({ yaml: true });
  await app.close();
  return { document, yaml };
}

/** A document with these texts between their markers. */
function withSections(file: string, texts: Record<string, string>): string {
  return Object.entries(texts).reduce(
    (document, [name, text]) => putSection(document, file, name, text),
    readFileSync(join(root, file), 'utf8'),
  );
}
