import { dirname, posix } from 'node:path';
import { expect, it } from 'vitest';
import { documents, readDocument } from '../support/markdown.js';

const pages = documents().filter((path) => path.startsWith('docs/'));

/** The table of contents that a page belongs in: that of its folder, or else of `docs`. */
function contentsOf(page: string): string {
  const ofFolder = `${dirname(page)}/README.md`;
  return pages.includes(ofFolder) && ofFolder !== page ? ofFolder : 'docs/README.md';
}

it.each(pages.filter((page) => page !== 'docs/README.md'))('%s is in a table of contents', (page) => {
  const contents = contentsOf(page);
  expect(readDocument(contents)).toContain(`](${posix.relative(dirname(contents), page)})`);
});

it('the README is short', () => {
  expect(readDocument('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});
