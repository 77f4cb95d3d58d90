import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './contender.js';

const PERFORMANCE = join(root, 'docs', 'performance.md');

/** Puts a text between its markers in docs/performance.md, `<!-- NAME: … -->` and `<!-- /NAME -->`. */
export function writeSection(name: string, text: string): void {
  const document = readFileSync(PERFORMANCE, 'utf8');
  const section = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(document)) throw new Error(`docs/performance.md has no markers for "${name}"`);
  writeFileSync(
    PERFORMANCE,
    document.replace(section, (_match, start: string, end: string) => `${start}\n${text}\n\n${end}`),
  );
}
