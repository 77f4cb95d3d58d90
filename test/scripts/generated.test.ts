import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { renderGenerated } from '../../scripts/generated/render.js';

it('generated files are up to date (npm run generate writes them)', async () => {
  for (const [file, content] of await renderGenerated()) {
    expect(readFileSync(file, 'utf8'), basename(file)).toBe(content);
  }
});
