import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../settings/schema.js';
import type { Arguments } from './arguments.js';
import { classifyDataSet } from './classify-data-set.js';
import { type Evaluation, evaluate } from './evaluation.js';
import { evaluationJson, predictionsCsv } from './files.js';
import { renderPage } from './page/page.js';
import { thumbnails } from './page/thumbnails.js';

/**
 * Judges a model on a data set through the serving path and writes evaluation.json, evaluation.html and
 * predictions.csv.
 *
 * @throws {ModelRefused} or {DataError}, before any file is written.
 */
export async function run(
  given: Arguments,
  settings: Settings,
  onProgress?: (done: number, total: number) => void,
): Promise<Evaluation> {
  const { out } = given;
  const { run, outcomes, model, folder } = await classifyDataSet(given, settings, onProgress);
  const evaluation = evaluate(run, outcomes);
  const pictures = await thumbnails(evaluation.mistakes, folder, model, settings.maxImagePixels);
  await writeFile(join(out, 'evaluation.json'), evaluationJson(evaluation));
  await writeFile(join(out, 'evaluation.html'), renderPage(evaluation, pictures));
  await writeFile(join(out, 'predictions.csv'), predictionsCsv(outcomes, run.classes));
  return evaluation;
}
