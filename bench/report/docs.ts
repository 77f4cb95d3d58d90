import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putSection } from '../../scripts/generated/sections.js';
import { root } from '../harness/paths.js';

const PERFORMANCE = join(root, 'docs', 'performance.md');

/** Puts a text between its markers in docs/performance.md. */
export function writeSection(name: string, text: string): void {
  const document = readFileSync(PERFORMANCE, 'utf8');
  writeFileSync(PERFORMANCE, putSection(document, 'docs/performance.md', name, `${text}\n`));
}
