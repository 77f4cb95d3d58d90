import { type KeptEvaluation, readResults } from './evaluations.js';
import { publishedManifests } from './published.js';
import {
  classesTable,
  confusionTable,
  corruptionsTable,
  modelsTable,
  networkWords,
  otherTable,
  waysTable,
} from './tables.js';

/** The sections of documents that are made from training/results, by document and marker. */
export function resultsSections(): Record<string, Record<string, string>> {
  const results = readResults();
  const manifests = publishedManifests();
  const versions = manifests
    .map(({ name, version }) => `${name}-${version}`)
    .filter((version) => results.has(version));
  const beside = [...versions, ...[...results.keys()].filter((version) => !versions.includes(version))];
  return {
    'README.md': { models: modelsTable(results, manifests) },
    'docs/results.md': {
      'test part': waysTable(results, versions, 'test'),
      'test classes': `${versions.flatMap((version) => classes(version, results.get(version) ?? [])).join('\n\n')}\n`,
      'validation part': waysTable(results, versions, 'validation'),
      corruptions: corruptionsTable(results, beside),
      'another laboratory': otherTable(results, beside, 'bccd'),
    },
  };
}

/** Of the test part, in float32 with one view. */
function classes(version: string, evaluations: readonly KeptEvaluation[]): string[] {
  const one = evaluations.find(
    ({ data, engine, views }) => data.part === 'test' && engine.precision === 'float32' && views === 1,
  );
  if (!one) return [];
  const title = `${networkWords(version)} in float32, one view:`;
  return [title, classesTable(one).trimEnd(), confusionTable(one).trimEnd()];
}
