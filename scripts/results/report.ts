import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fourDecimals, percent, percentWithLimits } from '../../src/evaluate/words.js';
import { table } from '../generated/markdown.js';
import { classesTable } from './tables.js';

/** A file for each of the report's networks that `npm run train:judge` judged, and the report's own figures. */
const FOLDER = join(import.meta.dirname, '..', '..', 'training', 'results', 'report');

/** The report's networks; `published` are the names of its classification reports, and what each is of. */
const NETWORKS: { name: string; published: Record<string, string> }[] = [
  { name: 'lenet5', published: { lenet5: 'the report' } },
  { name: 'lenet5-wide', published: { 'lenet5-wide': 'the report' } },
  { name: 'alexnet', published: { alexnet: 'the report' } },
  { name: 'vgg16-dense', published: { 'vgg16-dense': 'the report' } },
  {
    name: 'inceptionv3',
    published: { inceptionv3: 'the report, at the end', 'inceptionv3-best': 'the report, best epoch' },
  },
];

const proportion = z.object({ value: z.number(), lower95: z.number(), upper95: z.number() });

/** What training/hemoserve_training/measure/judgement.py writes; its curves are in the figure. */
const judgementSchema = z.object({
  part: z.string(),
  n: z.int(),
  accuracy: proportion,
  macroF1: z.number(),
  expectedCalibrationError: z.number(),
  perClass: z.array(
    z.object({
      name: z.string(),
      support: z.int(),
      precision: proportion.nullable(),
      recall: proportion.nullable(),
      f1: z.number().nullable(),
      auc: z.number().nullable(),
    }),
  ),
  confusionMatrix: z.array(z.array(z.int())),
  epochs: z.array(z.object({ epoch: z.number(), val_accuracy: z.number() })).min(1),
});

/** Copied from the report: fractions with its two decimals, on its 160 test crops. */
const publishedSchema = z.record(
  z.string(),
  z.object({
    accuracy: z.number(),
    macroF1: z.number(),
    perClass: z.array(
      z.object({
        name: z.string(),
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
        support: z.int(),
      }),
    ),
  }),
);

type Judgement = z.infer<typeof judgementSchema>;
type Published = z.infer<typeof publishedSchema>;

/** The sections of docs/results.md on the report's networks, by their markers: `report NAME`. */
export function reportSections(folder = FOLDER): Record<string, string> {
  const published = publishedSchema.parse(read(folder, 'the-report'));
  return Object.fromEntries(
    NETWORKS.map((network) => {
      const ours = existsSync(join(folder, `${network.name}.json`))
        ? judgementSchema.parse(read(folder, network.name))
        : undefined;
      const parts = ours ? [summary(ours), classesTable(ours), confusion(ours)] : [];
      return [`report ${network.name}`, [...parts, theirs(network.published, published)].join('\n')];
    }),
  );
}

function read(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** The figures of the whole part, and of the best epoch. */
function summary({ part, n, accuracy, macroF1, expectedCalibrationError, epochs }: Judgement): string {
  const best = epochs.reduce((one, other) => (other.val_accuracy > one.val_accuracy ? other : one));
  return table(
    ['Crops', 'Accuracy % (95 %)', 'Macro F1 %', 'ECE', 'Accuracy % of the best epoch'],
    [
      [
        `${n}, ${part}`,
        percentWithLimits(accuracy),
        percent(macroF1),
        fourDecimals(expectedCalibrationError),
        `${percent(best.val_accuracy)} (epoch ${best.epoch})`,
      ],
    ],
  );
}

function confusion({ perClass, confusionMatrix }: Judgement): string {
  const names = perClass.map(({ name }) => name);
  return table(
    ['True class, taken for', ...names],
    confusionMatrix.map((row, index) => [names[index] ?? '', ...row.map(String)]),
  );
}

/** The report's own classification reports. */
function theirs(names: Record<string, string>, published: Published): string {
  const tables = Object.entries(names).map(([name, words]) => {
    const found = published[name];
    if (!found) throw new Error(`the-report.json has no ${name}`);
    const head = `Class, ${words} (accuracy ${twoDecimals(found.accuracy)}, macro F1 ${twoDecimals(found.macroF1)})`;
    return table(
      [head, 'Crops', 'Precision', 'Recall', 'F1'],
      found.perClass.map((one) => [
        one.name,
        String(one.support),
        ...[one.precision, one.recall, one.f1].map(twoDecimals),
      ]),
    );
  });
  return tables.join('\n');
}

/** As the report writes them: `.81`. */
function twoDecimals(fraction: number): string {
  return fraction.toFixed(2).replace(/^0/, '');
}
