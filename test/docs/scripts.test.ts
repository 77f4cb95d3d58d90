import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { documents, inlineCode, readDocument } from '../support/markdown.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

it('CONTRIBUTING.md lists each npm script once, and no others', () => {
  const rows = readDocument('CONTRIBUTING.md').match(/^\| `npm (run )?[^`]+` \| \S.*\|$/gm) ?? [];
  const listed = rows.map((row) => row.replace(/^\| `npm (run )?([^`]+)`.*$/, '$2'));
  expect(listed.toSorted()).toEqual(Object.keys(scripts).toSorted());
});

it('every `npm run NAME` of a document exists', () => {
  const named = documents().flatMap((path) =>
    [...readDocument(path).matchAll(/\bnpm run ([\w:-]*\w)/g)].map(([, name = '']) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
});

it('every script that a document calls without `npm run` exists', () => {
  const short = documents().flatMap((path) =>
    inlineCode(readDocument(path))
      .filter((text) => /^(train|bench|lint):[\w-]+$/.test(text))
      .map((name) => ({ path, name })),
  );
  expect(short.filter(({ name }) => !(name in scripts))).toEqual([]);
});
