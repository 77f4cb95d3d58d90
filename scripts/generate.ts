/**
 * Writes the files that are generated from the code: openapi.yaml and the README's tables. A test fails when
 * they differ.
 *
 *     npm run generate
 */
import { writeFileSync } from 'node:fs';
import { renderGenerated } from './generated/render.js';

for (const [file, content] of await renderGenerated()) writeFileSync(file, content);
