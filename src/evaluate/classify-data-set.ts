import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/choose/start-fastest.js';
import { knownPrecisions, servedPrecisions } from '../registry/precision.js';
import { type ModelVersion, Registry } from '../registry/registry.js';
import type { Settings } from '../settings/schema.js';
import { createMetrics } from '../telemetry/metrics.js';
import type { Arguments } from './arguments.js';
import { classifyFiles, type JudgedFile } from './classify-files.js';
import { listDataSet, thin } from './data-set.js';
import type { Run } from './evaluation.js';

/** What a model says of a data set. */
export interface ClassifiedDataSet {
  run: Run;
  outcomes: JudgedFile[];
  model: ModelVersion;
  /** The data set's. */
  folder: string;
}

/**
 * Classifies a data set through the serving path, and makes the folder for what is written about it.
 *
 * @throws {ModelRefused} or {DataError}.
 */
export async function classifyDataSet(
  { data, split, limit, out }: Arguments,
  settings: Settings,
  onProgress?: (done: number, total: number) => void,
): Promise<ClassifiedDataSet> {
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
    const { conformalLevel, leastProbability, falseAlarmRate } = settings;
    const run: Run = {
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
      trust: { conformalLevel, leastProbability, falseAlarmRate },
      startedAt,
      durationS: (performance.now() - startMs) / 1000,
    };
    return { run, outcomes, model, folder: dataSet.folder };
  } finally {
    await classifier.close();
  }
}
