import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';
import { root } from './fixtures.js';

export interface CodeBlock {
  /** Such as `sh`, `json` or `jsonl`. */
  language: string;
  text: string;
}

/** Every file of the repository, with those that are not committed yet; paths from its root. */
export function repositoryFiles(pattern = '.'): string[] {
  const options = ['--cached', '--others', '--exclude-standard', '--deduplicate'];
  return execFileSync('git', ['ls-files', ...options, '--', pattern], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '');
}

/** Every document, by its path from the repository's root. */
export function documents(): string[] {
  return repositoryFiles('*.md');
}

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The fenced blocks of a document, in its order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  visit(fromMarkdown(markdown), 'code', ({ lang, value }) => {
    blocks.push({ language: lang ?? '', text: value });
  });
  return blocks;
}

/** What a document has between backticks, outside of its blocks. */
export function inlineCode(markdown: string): string[] {
  const texts: string[] = [];
  visit(fromMarkdown(markdown), 'inlineCode', ({ value }) => {
    texts.push(value);
  });
  return texts;
}
