import { fourDecimals, limits, NONE, percent, percentWithLimits } from '../../src/evaluate/words.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { table } from '../generated/markdown.js';
import type { KeptEvaluation } from './evaluations.js';

type Results = ReadonlyMap<string, readonly KeptEvaluation[]>;

const NETWORKS: Record<string, string> = { inceptionv3: 'InceptionV3', vgg16: 'VGG16' };
const ENGINES: Record<string, string> = { openvino: 'OpenVINO', tensorflow: 'TensorFlow' };

/** What `npm run train:corrupt` writes, in the order of its help. */
const CORRUPTED = [
  'none',
  'pixelate',
  'jpeg',
  'defocus',
  'motion_blur',
  'brightness_up',
  'brightness_down',
  'contrast_up',
  'contrast_down',
  'saturate',
  'stain_deposit',
  'bubble',
  'stain_shift',
  'centre_300',
  'centre_120',
  'size_120',
];

/** `inceptionv3-2.0.0` as documents write it. */
export function networkWords(version: string): string {
  const [name = '', number = ''] = version.split('-');
  return `${NETWORKS[name] ?? name} ${number}`;
}

/** The published models for the README: accuracy on the test part in float32. */
export function modelsTable(results: Results, manifests: readonly Manifest[]): string {
  const rows = manifests.flatMap(({ name, version, input }, index) =>
    (results.get(`${name}-${version}`) ?? [])
      .filter(({ data, engine }) => data.part === 'test' && engine.precision === 'float32')
      .sort((a, b) => a.views - b.views)
      .map(({ views, accuracy, macroF1, expectedCalibrationError }) => [
        `${name} ${version}${index === 0 ? ', the default' : ''}`,
        `${input.width} × ${input.height} px`,
        String(views),
        `${percent(accuracy.value)} % (${limits(accuracy)})`,
        `${percent(macroF1)} %`,
        fourDecimals(expectedCalibrationError),
      ]),
  );
  return table(
    ['Model', 'Input', 'Views of each crop', 'Accuracy (95 % limits)', 'Macro F1', 'Calibration error'],
    rows,
  );
}

/** Each way in which the versions were judged on a part of PBC: engine, precision, views. */
export function waysTable(results: Results, versions: readonly string[], part: string): string {
  const rows = versions.flatMap((version) =>
    (results.get(version) ?? [])
      .filter(({ data }) => data.name === 'pbc' && data.part === part && data.limit === null)
      .sort((a, b) => a.views - b.views)
      .map(({ engine, views, accuracy, macroF1, expectedCalibrationError, n }) => [
        networkWords(version),
        `${ENGINES[engine.name] ?? engine.name} ${engine.version}`,
        engine.precision,
        String(views),
        percentWithLimits(accuracy),
        percent(macroF1),
        fourDecimals(expectedCalibrationError),
        String(n),
      ]),
  );
  return table(
    ['Network', 'Engine', 'Precision', 'Views', 'Accuracy % (95 %)', 'Macro F1 %', 'ECE', 'Crops'],
    rows,
  );
}

/** The classes of one evaluation. */
export function classesTable({ perClass }: Pick<KeptEvaluation, 'perClass'>): string {
  return table(
    ['Class', 'Crops', 'Precision % (95 %)', 'Recall % (95 %)', 'F1 %', 'ROC AUC'],
    perClass.map(({ name, support, precision, recall, f1, auc }) => [
      name,
      String(support),
      percentWithLimits(precision ?? undefined),
      percentWithLimits(recall ?? undefined),
      percent(f1 ?? undefined),
      fourDecimals(auc ?? undefined),
    ]),
  );
}

/** Which crops of each class were taken for which: rows are true classes, columns predicted ones. */
export function confusionTable({ perClass, confusionMatrix }: KeptEvaluation): string {
  const names = perClass.map(({ name }) => name);
  return table(
    ['True class', ...names],
    confusionMatrix.map((row, index) => [names[index] ?? '', ...row.slice(0, names.length).map(String)]),
  );
}

/** Accuracy of the versions side by side on corrupted crops, and their mean error but for `none`. */
export function corruptionsTable(results: Results, versions: readonly string[]): string {
  const of = (version: string, name: string) =>
    results.get(version)?.find(({ data, views }) => data.name === name && views === 1);
  const names = CORRUPTED.filter((name) => versions.some((version) => of(version, name)));
  const rows = names.map((name) => [
    name,
    ...versions.map((version) => percentWithLimits(of(version, name)?.accuracy)),
  ]);
  const means = versions.map((version) => {
    const found = names.filter((name) => name !== 'none').map((name) => of(version, name)?.accuracy.value);
    const accuracies = found.filter((accuracy) => accuracy !== undefined);
    // A mean of some of the rows would not be that of another version's.
    if (accuracies.length === 0 || accuracies.length < found.length) return NONE;
    return percent(accuracies.reduce((sum, accuracy) => sum + 1 - accuracy, 0) / accuracies.length);
  });
  return table(['Crops', ...versions.map(networkWords)], [...rows, ['mean error of all but none', ...means]]);
}

/** What the versions say of a data set of another laboratory. */
export function otherTable(results: Results, versions: readonly string[], name: string): string {
  const rows = versions.flatMap((version) =>
    (results.get(version) ?? [])
      .filter(({ data }) => data.name === name)
      .map(({ views, n, accuracy, macroF1, expectedCalibrationError }) => [
        networkWords(version),
        String(views),
        percentWithLimits(accuracy),
        percent(macroF1),
        fourDecimals(expectedCalibrationError),
        String(n),
      ]),
  );
  return table(['Network', 'Views', 'Accuracy % (95 %)', 'Macro F1 %', 'ECE', 'Crops'], rows);
}
