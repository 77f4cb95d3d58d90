import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PERFORMANCE, withSection } from '../../../bench/report/docs.js';
import { SECTIONS } from '../../../bench/report/sections.js';

it.each(SECTIONS)('docs/performance.md shows the published results: $name', (section) => {
  const document = readFileSync(PERFORMANCE, 'utf8');
  expect(withSection(document, section)).toBe(document);
});
