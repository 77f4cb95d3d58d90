import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KeptEvaluation, keep, readResults } from '../../scripts/results/evaluations.js';
import { corruptionsTable, waysTable } from '../../scripts/results/tables.js';
import { evaluate } from '../../src/evaluate/evaluation.js';
import { evaluationJson } from '../../src/evaluate/files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemoserve-results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** evaluation.json of four crops of two classes, `right` of them judged right. */
function evaluation({
  data = 'pbc',
  part = 'test' as string | undefined,
  version = '2.0.0',
  right = 3,
} = {}) {
  const outcomes = [0, 0, 1, 1].map((truth, index) => {
    const predicted = index < right ? truth : 1 - truth;
    const probabilities = Float64Array.from([0, 1], (of) => (of === predicted ? 0.9 : 0.1));
    return { path: `${index}.png`, truth, predicted, confidence: 0.9, probabilities };
  });
  return evaluationJson(
    evaluate(
      {
        model: { name: 'vgg16', version },
        classes: ['a', 'b'],
        data: { name: data, split: undefined, part, limit: undefined, leftOut: [] },
        engine: { name: 'openvino', version: '1', device: 'cpu', threads: 2, precision: 'float32' },
        views: 1,
        golden: [],
        trust: { conformalLevel: 0.95, leastProbability: 0.9, falseAlarmRate: 0.02 },
        startedAt: '2026-01-01T00:00:00.000Z',
        durationS: 1,
      },
      outcomes,
    ),
  );
}

const kept = (name: string): readonly KeptEvaluation[] => readResults(folder).get(name) ?? [];

it('an evaluation is kept in its version’s file, in place of an earlier one in the same way', () => {
  keep(evaluation({ right: 1 }), folder);
  keep(evaluation({ part: 'validation' }), folder);
  keep(evaluation({ right: 3 }), folder);
  expect(kept('vgg16-2.0.0').map(({ data, accuracy }) => [data.part, accuracy.value])).toEqual([
    ['test', 0.75],
    ['validation', 0.75],
  ]);
  expect(kept('vgg16-2.0.0')[0]?.confusionMatrix).toEqual([
    [2, 0, 0],
    [1, 1, 0],
  ]);
});

it('what is no evaluation is not kept', () => {
  expect(() => keep('{"accuracy": 1}', folder)).toThrow();
  expect(kept('vgg16-2.0.0')).toEqual([]);
});

it('the tables say what was kept', () => {
  keep(evaluation(), folder);
  const [header, , row] = waysTable(readResults(folder), ['vgg16-2.0.0'], 'test').split('\n');
  expect(header).toContain('| Accuracy % (95 %) |');
  expect(row).toMatch(/^\| VGG16 2.0.0 \| OpenVINO 1 \| float32 \| 1 \| 75.00 \(19.41–99.37\) \|/);
});

it('the mean error under corruptions is of all but none', () => {
  for (const [data, right] of [
    ['none', 4],
    ['jpeg', 3],
    ['size_120', 1],
  ] as const) {
    keep(evaluation({ data, part: undefined, right }), folder);
  }
  const rows = corruptionsTable(readResults(folder), ['vgg16-2.0.0']).trimEnd().split('\n');
  expect(rows.map((row) => row.split(' | ')[0]?.slice(2))).toEqual([
    'Crops',
    '---',
    'none',
    'jpeg',
    'size_120',
    'mean error of all but none',
  ]);
  // (25 + 75) / 2.
  expect(rows.at(-1)).toContain('| 50.00 |');
});
