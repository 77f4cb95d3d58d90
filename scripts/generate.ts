/**
 * Writes the files that are generated from the code: openapi.yaml, tables in docs/, and the README's picture, which
 * the service answers for. Tests fail when they differ.
 *
 *     npm run generate
 */
import { writeFileSync } from 'node:fs';
import { ANSWER_FIGURE, renderAnswerFigure } from './generated/answer.js';
import { renderGenerated } from './generated/render.js';

for (const [file, content] of await renderGenerated()) writeFileSync(file, content);
writeFileSync(ANSWER_FIGURE, await renderAnswerFigure());
