import { execFileSync, spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { Registry } from '../../src/registry/registry.js';
import { modelsDir, root } from '../support/fixtures.js';
import { documents, readDocument } from '../support/markdown.js';

const { versions } = await Registry.open(modelsDir, ['default']);
const served = new Set(versions.flatMap(({ manifest: { name, version } }) => [name, `${name}@${version}`]));

/** What a page's commands put into the registry from the history: `name@version`, and the commit. */
function restored(markdown: string): { model: string; commit: string }[] {
  const lines = markdown.matchAll(/^git restore --source (\w+) models\/([a-z0-9-]+)\/([\d.]+)$/gm);
  return [...lines].map(([, commit = '', name, version]) => ({ model: `${name}@${version}`, commit }));
}

it('every model that a document serves with HEMOSERVE_MODELS is in the registry, or restored on that page', () => {
  const named = documents().flatMap((path) => {
    const markdown = readDocument(path);
    const there = new Set(['default', ...served, ...restored(markdown).map(({ model }) => model)]);
    return [...markdown.matchAll(/\bHEMOSERVE_MODELS=([\w.,@-]+)/g)]
      .flatMap(([, models = '']) => models.split(','))
      .map((model) => ({ path, model, there: there.has(model) }));
  });
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ there }) => !there)).toEqual([]);
});

// A shallow clone has no history to restore from.
const shallow = execFileSync('git', ['rev-parse', '--is-shallow-repository'], {
  cwd: root,
  encoding: 'utf8',
});
it.skipIf(shallow.trim() === 'true')('every version that a document restores is in the history', () => {
  const all = documents().flatMap((path) => restored(readDocument(path)));
  expect(all.length).toBeGreaterThan(0);
  for (const { model, commit } of all) {
    const object = `${commit}:models/${model.replace('@', '/')}/manifest.json`;
    expect(spawnSync('git', ['cat-file', '-e', object], { cwd: root }).status, object).toBe(0);
  }
});

it("the README's table has each version of the registry, with figures that stand in docs/results.md", () => {
  const readme = readDocument('README.md');
  for (const { manifest } of versions) expect(readme).toContain(`| ${manifest.name} ${manifest.version}`);
  const rows = readme.match(/^\|.* px \|.*$/gm) ?? [];
  expect(rows.length).toBeGreaterThanOrEqual(versions.length);
  const results = readDocument('docs/results.md');
  for (const row of rows) {
    const [, , , views, accuracy = '', macroF1 = '', error] = row.split('|').map((cell) => cell.trim());
    const figures = [views, accuracy.replace(' %', ''), macroF1.replace(' %', ''), error].join(' | ');
    expect(results, row).toContain(`float32 | ${figures} |`);
  }
});
