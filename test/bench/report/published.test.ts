import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { documentOf, withSection } from '../../../bench/report/docs.js';
import { SECTIONS } from '../../../bench/report/sections.js';

it.each(SECTIONS)('a document shows the published results: $name', (section) => {
  const document = readFileSync(documentOf(section), 'utf8');
  expect(withSection(document, section)).toBe(document);
});
