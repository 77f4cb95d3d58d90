import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putSection } from '../../scripts/generated/sections.js';
import { root } from '../harness/paths.js';
import { readResults, writeResults } from './json.js';
import { drawPlots } from './plots.js';
import type { Section } from './section.js';
import { SECTIONS } from './sections.js';

const PERFORMANCE = 'docs/performance.md';
const FIGURES = join(root, 'docs', 'figures');
/** The results that the document's sections are made from. */
const PUBLISHED = join(root, 'bench', 'published');

/**
 * Prints results and writes them into a folder: NAME.json, NAME.md and the plots.
 *
 * @param publish whether they go into bench/published, and from there into the document, too.
 */
export function report<Results>(
  section: Section<Results>,
  results: Results,
  folder: string,
  publish: boolean,
): void {
  const text = section.render(results);
  const json = join(folder, `${section.name}.json`);
  mkdirSync(folder, { recursive: true });
  writeResults(json, results);
  writeFileSync(join(folder, `${section.name}.md`), `${text}\n`);
  console.log(text);
  if (section.plots) drawPlots(json, folder);
  if (publish) {
    mkdirSync(PUBLISHED, { recursive: true });
    writeResults(publishedFile(section), results);
    for (const one of SECTIONS.filter((other) => publishedFile(other) === publishedFile(section)))
      writeSection(one);
  }
}

/** Makes a section of the document, and its plots, again from the published results. */
export function writeSection(section: Section<never>): void {
  if (section.plots) drawPlots(publishedFile(section), FIGURES);
  const file = documentOf(section);
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), section));
}

/** The document with this section as the published results say. */
export function withSection(document: string, section: Section<never>): string {
  const images = section.plots?.map((plot) => `![${plot}](figures/${plot})`).join('\n');
  const text = [
    section.render(readResults(publishedFile(section)) as never),
    ...(images ? [images] : []),
  ].join('\n\n');
  return putSection(document, section.document ?? PERFORMANCE, section.name, `${text}\n`);
}

/** The file that has a section. */
export function documentOf({ document = PERFORMANCE }: Section<never>): string {
  return join(root, document);
}

function publishedFile({ name, results = name }: Section<never>): string {
  return join(PUBLISHED, `${results}.json`);
}
