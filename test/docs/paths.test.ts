import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/fixtures.js';
import { codeBlocks, documents, inlineCode, readDocument, repositoryFiles } from '../support/markdown.js';

const ROOMS = new Set(repositoryFiles().map((path) => path.split('/')[0]));
/** What a set-up or a run of a command puts there. */
const MADE = ['runtimes/openvino/lib', 'training/.venv', 'bench/results'];

function missing(paths: (markdown: string) => string[]): { count: number; missing: string[] } {
  const named = documents().flatMap((document) =>
    paths(readDocument(document)).map((path) => ({ document, path })),
  );
  const gone = named.filter(({ path }) => !MADE.includes(path) && !existsSync(join(root, path)));
  return { count: named.length, missing: gone.map(({ document, path }) => `${document}: ${path}`) };
}

it('every file and folder that a document names between backticks is there', () => {
  const result = missing((markdown) =>
    inlineCode(markdown).filter(
      (text) => /^[\w.-]+\/[\w./-]*$/.test(text) && ROOMS.has(text.split('/')[0] ?? ''),
    ),
  );
  expect(result.missing).toEqual([]);
  expect(result.count).toBeGreaterThan(50);
});

it('every file and folder in a diagram is there', () => {
  const result = missing((markdown) =>
    codeBlocks(markdown)
      .filter(({ language }) => language === 'mermaid')
      .flatMap(({ text }) => [...text.matchAll(/<i>([^<]+)<\/i>/g)].map(([, path = '']) => path)),
  );
  expect(result.missing).toEqual([]);
  expect(result.count).toBeGreaterThan(5);
});

it('every configuration that a command of a document names is there', () => {
  const result = missing((markdown) =>
    codeBlocks(markdown).flatMap(({ text }) =>
      [...text.matchAll(/ --(?:config|ablation) ([\w./-]+)(?=\s|$)/g)].map(([, path = '']) => path),
    ),
  );
  expect(result.missing).toEqual([]);
  expect(result.count).toBeGreaterThan(5);
});
