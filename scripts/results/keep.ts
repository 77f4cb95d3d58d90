/**
 * Keeps what `npm run evaluate` found, for the tables of docs/results.md: then `npm run generate`.
 *
 *     npm run results:keep -- FOLDER…
 *
 * FOLDER is the --out of an evaluation.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { keep } from './evaluations.js';

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('usage: npm run results:keep -- FOLDER…, each the --out of npm run evaluate');
  process.exitCode = 1;
}
for (const folder of folders) {
  const file = keep(readFileSync(join(folder, 'evaluation.json'), 'utf8'));
  console.log(`${folder} -> ${relative(process.cwd(), file)}`);
}
