import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { softmax } from '../../src/classify/probabilities.js';
import type { Prediction } from '../../src/evaluate/classify-files.js';
import { type Evaluation, evaluate } from '../../src/evaluate/evaluation.js';
import { run } from '../../src/evaluate/run.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Proportion } from '../../src/statistics/proportion.js';
import { LabelledFolder, parseCsv, prediction } from '../support/crops.js';
import { CLASSES, root } from '../support/fixtures.js';

const python = join(root, 'training', '.venv', 'bin', 'python');

/** Training's own figures, and the AUCs as Mann-Whitney statistics, of probabilities as logits. */
const SCRIPT = `
import json, sys
import numpy as np
from scipy.stats import mannwhitneyu
from hemoserve_training.measure.metrics import figures, proportion

given = json.load(sys.stdin)
probabilities, labels = np.array(given["probabilities"]), np.array(given["labels"])
classes = given["classes"]
result = figures(np.log(probabilities), labels, classes, temperature=1.0)
said = probabilities.argmax(axis=1)
result["precision"], result["auc"] = {}, {}
for index, name in enumerate(classes):
    truth, score = labels == index, probabilities[:, index]
    count = int((said == index).sum())
    if count:
        result["precision"][name] = proportion(int((truth & (said == index)).sum()), count)
    pairs = int(truth.sum()) * int((~truth).sum())
    if pairs:
        result["auc"][name] = mannwhitneyu(score[truth], score[~truth]).statistic / pairs
json.dump(result, sys.stdout)
`;

interface PythonFigures {
  n: number;
  accuracy: Proportion;
  macroF1: number;
  expectedCalibrationError: number;
  recall: Record<string, Proportion & { n: number }>;
  precision: Record<string, Proportion>;
  auc: Record<string, number>;
}

function figuresOfPython(predictions: readonly Prediction[]): PythonFigures {
  const input = JSON.stringify({
    classes: CLASSES,
    labels: predictions.map(({ truth }) => truth),
    probabilities: predictions.map(({ probabilities }) => [...probabilities]),
  });
  const output = execFileSync(python, ['-c', SCRIPT], { cwd: join(root, 'training'), input });
  return JSON.parse(output.toString()) as PythonFigures;
}

function figuresOf(predictions: readonly Prediction[]): Evaluation {
  const data = { name: 'crops', split: undefined, part: undefined, limit: undefined, leftOut: [] };
  const engine = { name: 'none', version: '0', device: 'cpu', threads: 1, precision: 'float32' } as const;
  const model = { name: 'none', version: '0.0.0' };
  const trust = { conformalLevel: 0.95, leastProbability: 0.9, falseAlarmRate: 0.02 };
  return evaluate(
    { model, classes: CLASSES, data, engine, views: 1, trust, golden: [], startedAt: '', durationS: 1 },
    predictions,
  );
}

function expectSame(ours: Evaluation, theirs: PythonFigures): void {
  expect(ours.n).toBe(theirs.n);
  expectProportion(ours.accuracy, theirs.accuracy);
  expect(ours.macroF1).toBeCloseTo(theirs.macroF1, 12);
  expect(ours.expectedCalibrationError).toBeCloseTo(theirs.expectedCalibrationError, 12);
  for (const { name, support, recall, precision, roc } of ours.perClass) {
    expect(support).toBe(theirs.recall[name]?.n ?? 0);
    expectProportion(recall, theirs.recall[name]);
    expectProportion(precision, theirs.precision[name]);
    if (support > 0 && support < ours.n) expect(roc?.auc).toBeCloseTo(theirs.auc[name] ?? Number.NaN, 12);
    else expect([roc, theirs.auc[name]]).toEqual([undefined, undefined]);
  }
}

function expectProportion(ours: Proportion | undefined, theirs: Proportion | undefined): void {
  if (!theirs) {
    expect(ours).toBeUndefined();
    return;
  }
  for (const key of ['value', 'lower95', 'upper95'] as const)
    expect(ours?.[key]).toBeCloseTo(theirs[key], 10);
}

/** Predictions of a fair model, from a seed (Lehmer's generator): mostly right, at any confidence. */
function drawn(count: number): Prediction[] {
  let state = 20261124;
  const uniform = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: count }, (_, index) => {
    const truth = Math.floor((index * CLASSES.length) / count);
    const logits = Float32Array.from(
      CLASSES,
      (_name, other) => 6 * uniform() + (other === truth ? 3 * uniform() : 0),
    );
    return prediction(truth, [...softmax(logits, 0.9)]);
  });
}

describe.skipIf(!existsSync(python))("the figures are those of training's Python", () => {
  let crops: LabelledFolder;
  beforeAll(() => {
    crops = new LabelledFolder();
  });
  afterAll(() => crops.dispose());

  it('on drawn predictions', () => {
    const predictions = drawn(3000);
    const ours = figuresOf(predictions);
    // Neither perfect nor hopeless, or all figures would agree by themselves.
    expect(ours.accuracy?.value).toBeGreaterThan(0.2);
    expect(ours.accuracy?.value).toBeLessThan(0.8);
    expectSame(ours, figuresOfPython(predictions));
  });

  it('where some classes are neither in the labels nor predicted', () => {
    const there = [0, 2, 5];
    const predictions = drawn(3000).filter(
      ({ truth, predicted }) => there.includes(truth) && there.includes(predicted),
    );
    const ours = figuresOf(predictions);
    expect(ours.perClass.filter(({ f1 }) => f1 !== undefined)).toHaveLength(there.length);
    expectSame(ours, figuresOfPython(predictions));
  });

  it("on a run's predictions.csv", async () => {
    // Every class also has a cell of another one, and cells twice, which tie.
    CLASSES.forEach((name, index) => {
      crops.link(`cells/${CLASSES[(index + 1) % CLASSES.length]}.jpg`, `${name}/other.jpg`);
      if (index % 2 === 0) crops.link(`cells/${name}.jpg`, `${name}/twice.jpg`);
    });
    const out = join(crops.folder, '.evaluation');
    const given = {
      data: crops.folder,
      split: undefined,
      model: undefined,
      modelsDir: undefined,
      engine: undefined,
    };
    const evaluation = await run(
      { ...given, precision: undefined, out, limit: undefined },
      { ...loadSettings({}), engine: 'onnxruntime', precision: 'float32' },
    );
    const rows = parseCsv(readFileSync(join(out, 'predictions.csv'), 'utf8'));
    expect(rows).toHaveLength(20);
    const predictions = rows.map((row) =>
      prediction(
        CLASSES.indexOf(row.label ?? ''),
        CLASSES.map((name) => Number(row[name])),
      ),
    );
    expectSame(evaluation, figuresOfPython(predictions));
  });
});
