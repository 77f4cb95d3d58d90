import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportSections } from '../../scripts/results/report.js';

const proportion = { value: 0.75, lower95: 0.2, upper95: 0.99 };
const one = { name: 'ig', precision: 0.5, recall: 1, f1: 0.67, support: 4 };
const theirs = { accuracy: 0.81, macroF1: 1, perClass: [one] };
const NAMES = ['lenet5', 'lenet5-wide', 'alexnet', 'vgg16-dense', 'inceptionv3', 'inceptionv3-best'];

/** A folder as training/results/report, with one network that was judged. */
function folder(names = NAMES): string {
  const path = mkdtempSync(join(tmpdir(), 'report-'));
  const judgement = {
    part: 'validation',
    n: 4,
    accuracy: proportion,
    macroF1: 0.7,
    expectedCalibrationError: 0.01234,
    perClass: [{ name: 'ig', support: 4, precision: null, recall: proportion, f1: 0.6, auc: null }],
    confusionMatrix: [[3, 1]],
    epochs: [
      { epoch: 1, val_accuracy: 0.9 },
      { epoch: 2, val_accuracy: 0.8 },
    ],
  };
  writeFileSync(join(path, 'alexnet.json'), JSON.stringify(judgement));
  writeFileSync(
    join(path, 'the-report.json'),
    JSON.stringify(Object.fromEntries(names.map((name) => [name, theirs]))),
  );
  return path;
}

test('a network that was judged has its tables, each has the report’s', () => {
  const sections = reportSections(folder());
  expect(sections['report alexnet']).toContain(
    '| 4, validation | 75.00 (20.00–99.00) | 70.00 | 0.0123 | 90.00 (epoch 1) |',
  );
  expect(sections['report alexnet']).toContain('| ig | 4 | – | 75.00 (20.00–99.00) | 60.00 | – |');
  expect(sections['report alexnet']).toContain('| ig | 3 | 1 |');
  const own = '| Class, the report (accuracy .81, macro F1 1.00) | Crops | Precision | Recall | F1 |';
  expect(sections['report alexnet']).toContain(own);
  expect(sections['report lenet5']?.startsWith(own)).toBe(true);
  expect(sections['report lenet5']).toContain('| ig | 4 | .50 | 1.00 | .67 |');
  expect(sections['report inceptionv3']).toContain('the report, best epoch');
});

test('figures of the report that are missing are an error that names them', () => {
  expect(() => reportSections(folder(['lenet5']))).toThrow('the-report.json has no lenet5-wide');
});

test('the committed figures are those of the report: they add up to its 160 crops', () => {
  for (const section of Object.values(reportSections())) {
    const own = section.slice(section.lastIndexOf('| Class, the report'));
    const supports = [...own.matchAll(/^\| [a-z]+ \| (\d+) \|/gm)].map(([, count]) => Number(count));
    expect(supports).toHaveLength(8);
    expect(supports.reduce((sum, count) => sum + count, 0)).toBe(160);
  }
});
