import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/choose/start-fastest.js';
import { knownPrecisions, servedPrecisions } from '../registry/precision.js';
import { Registry } from '../registry/registry.js';
import type { Settings } from '../settings/schema.js';
import { createMetrics } from '../telemetry/metrics.js';
import type { Arguments } from './arguments.js';
import { classifyFiles } from './classify-files.js';
import { listDataSet, thin } from './data-set.js';
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
  { data, split, limit, out }: Arguments,
  settings: Settings,
  onProgress?: (done: number, total: number) => void,
): Promise<Evaluation> {
  const { defaultVersion: model } = await Registry.open(settings.modelsDir, settings.models);
  const { name, version, classes } = model.manifest;
  const dataSet = await listDataSet(data, classes, split);
  const files = thin(dataSet.files, limit);
  await mkdir(out, { recursive: true });
  const metrics = createMetrics();
  const { started: classifier } = await startFastest(model, {
    settings,
    start: (load) => Classifier.start(model, load, settings, metrics),
    log: { info: () => {}, warn: (details: unknown, message?: string) => console.error(message, details) },
    // Whether a precision may be served is what its evaluation shows.
    allowedPrecisions: settings.precision === 'auto' ? servedPrecisions : knownPrecisions,
  });
  try {
    const startedAt = new Date().toISOString();
    const startMs = performance.now();
    const outcomes = await classifyFiles(
      classifier,
      { folder: dataSet.folder, files },
      {
        concurrency: 2 * settings.maxBatchSize,
        maxFileBytes: settings.maxFileBytes,
        ...(onProgress && { onProgress }),
      },
    );
    const evaluation = evaluate(
      {
        model: { name, version },
        classes,
        data: {
          name: dataSet.name,
          split: split && basename(split.file),
          part: split?.part,
          limit,
          leftOut: dataSet.leftOut,
        },
        engine: classifier.session.description,
        views: classifier.views,
        golden: classifier.golden,
        startedAt,
        durationS: (performance.now() - startMs) / 1000,
      },
      outcomes,
    );
    const pictures = await thumbnails(evaluation.mistakes, dataSet.folder, model, settings.maxImagePixels);
    await writeFile(join(out, 'evaluation.json'), evaluationJson(evaluation));
    await writeFile(join(out, 'evaluation.html'), renderPage(evaluation, pictures));
    await writeFile(join(out, 'predictions.csv'), predictionsCsv(outcomes, classes));
    return evaluation;
  } finally {
    await classifier.close();
  }
}
