import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Classifier } from '../../classify/classifier.js';
import { startFastest } from '../../engines/choose/start-fastest.js';
import { Registry } from '../../registry/registry.js';
import type { Settings } from '../../settings/schema.js';
import { seeded } from '../../statistics/seeded.js';
import { createMetrics } from '../../telemetry/metrics.js';
import { type QuantityShift, SourceWindow } from '../../trust/drift/source-window.js';
import type { Arguments } from '../arguments.js';
import { type DataSet, listDataSet } from '../data-set.js';
import { DataError } from '../errors.js';
import { SHIFTS, type ShiftName } from './shifts.js';

/** Crops of an analyzer where nothing changes, and of one where something does. */
const USUAL_CROPS = 2000;
const SHIFTED_CROPS = 200;

/** How a replay ended. */
export interface Replay {
  shift: ShiftName;
  crops: number;
  /** The crop after which the source was reported; undefined where it was not. */
  reportedAfter: number | undefined;
  /** At the end: what was furthest beyond its limit first. */
  quantities: QuantityShift[];
}

/**
 * Replays crops of a data set as one analyzer's, drawn with replacement, through the serving path: 2,000 as they are, and
 * 200 of each shift.
 *
 * @throws {ModelRefused} or {DataError}.
 */
export async function replayAll(
  { data, split }: Arguments,
  settings: Settings,
  seed: number,
): Promise<Replay[]> {
  const { defaultVersion: model } = await Registry.open(settings.modelsDir, settings.models);
  const dataSet = await listDataSet(data, model.manifest.classes, split);
  const { started: classifier } = await startFastest(model, {
    settings,
    start: (load) => Classifier.start(model, load, settings, createMetrics()),
    log: { info: () => {}, warn: () => {} },
  });
  try {
    const replays: Replay[] = [];
    for (const shift of Object.keys(SHIFTS) as ShiftName[]) {
      replays.push(await replay(classifier, dataSet, shift, seed, 2 * settings.maxBatchSize));
    }
    return replays;
  } finally {
    await classifier.close();
  }
}

async function replay(
  classifier: Classifier,
  { folder, files }: DataSet,
  shift: ShiftName,
  seed: number,
  atATime: number,
): Promise<Replay> {
  if (!classifier.reference) throw new DataError('the version has no reference: nothing is watched');
  const window = new SourceWindow(classifier.reference);
  const random = seeded(seed);
  const crops = shift === 'none' ? USUAL_CROPS : SHIFTED_CROPS;
  let reportedAfter: number | undefined;
  for (let done = 0; done < crops; done += atATime) {
    const drawn = Array.from(
      { length: Math.min(atATime, crops - done) },
      () => files[Math.floor(random() * files.length)],
    );
    const results = await Promise.all(
      drawn.map(async (file) =>
        classifier.classify(await SHIFTS[shift](await readFile(join(folder, file?.path ?? '')))),
      ),
    );
    for (const { class: className, probability, novelty, quality } of results) {
      window.add(className, {
        probability,
        ...(novelty && { novelty: novelty.score }),
        ...quality?.measures,
      });
      if (window.state === 'shifted') reportedAfter ??= window.seen;
    }
  }
  const beyond = ({ kolmogorovSmirnov, limit }: QuantityShift) => kolmogorovSmirnov / limit;
  return {
    shift,
    crops,
    reportedAfter,
    quantities: window.quantities().sort((a, b) => beyond(b) - beyond(a)),
  };
}
