import type { Evaluation } from './evaluation.js';
import { dataWords, engineWords, fourDecimals, percent, percentWithLimits } from './words.js';

/** Most left-out files that are named; evaluation.json has them all. */
const NAMED = 20;

/** The figures as text in columns, for a terminal. */
export function summary(evaluation: Evaluation): string {
  const { model, n, failures, durationS, cropsPerS, calibrationErrorLimits: limits } = evaluation;
  const { leftOut } = evaluation.data;
  const table = [
    ['class', 'crops', 'precision % (95 %)', 'recall % (95 %)', 'F1 %', 'ROC AUC'],
    ...evaluation.perClass.map(({ name, support, precision, recall, f1, roc }) => [
      name,
      String(support),
      percentWithLimits(precision),
      percentWithLimits(recall),
      percent(f1),
      fourDecimals(roc?.auc),
    ]),
  ];
  return [
    `${model.name}@${model.version} on ${dataWords(evaluation)}: ${n} crops`,
    `accuracy ${percentWithLimits(evaluation.accuracy)} %, macro F1 ${percent(evaluation.macroF1)} %, ` +
      `ECE ${fourDecimals(evaluation.expectedCalibrationError)}${limits ? ` (${fourDecimals(limits.lower95)}-${fourDecimals(limits.upper95)})` : ''}`,
    ...(failures.length > 0 ? [`${failures.length} files gave an error and count as wrong:`] : []),
    ...failures.map(({ path, code }) => `  ${path}: ${code}`),
    ...(leftOut.length > 0 ? [`${leftOut.length} files were left out:`] : []),
    ...leftOut.slice(0, NAMED).map(({ path, reason }) => `  ${path}: ${reason}`),
    ...(leftOut.length > NAMED ? [`  … and ${leftOut.length - NAMED} more`] : []),
    '',
    ...columns(table),
    ...decisionLines(evaluation),
    '',
    `${durationS.toFixed(1)} s, ${cropsPerS.toFixed(1)} crops/s with ${engineWords(evaluation)}`,
  ].join('\n');
}

/** What is accepted, and how right that is; by the probability alone where the version has no trust data. */
function decisionLines({ decisions, riskCoverage }: Evaluation): string[] {
  const at = (share: number) => riskCoverage.findLast(({ accepted }) => accepted >= share - 1e-9)?.accuracy;
  const byProbability = `the most probable 95 % of crops: ${percentWithLimits(at(0.95))} % right`;
  if (!decisions) return ['', byProbability];
  const reasons = Object.entries(decisions.reasons).map(([reason, count]) => `${reason} ${count}`);
  return [
    '',
    byProbability,
    `accepted ${percentWithLimits(decisions.accepted)} %, of them right ${percentWithLimits(decisions.acceptedAccuracy)} %; ` +
      `wrong and accepted ${percentWithLimits(decisions.wrongAndAccepted)} %`,
    `referred: ${reasons.join(', ')}`,
    '',
    ...columns([
      [
        'class',
        'accepted % (95 %)',
        'of them right % (95 %)',
        `in the set at ${decisions.conformalLevel}, % (95 %)`,
        'empty %',
      ],
      ...decisions.perClass.map(({ name, accepted, acceptedAccuracy, covered, empty }) => [
        name,
        percentWithLimits(accepted),
        percentWithLimits(acceptedAccuracy),
        percentWithLimits(covered),
        percent(empty?.value),
      ]),
    ]),
  ];
}

/** Pads the cells: the first column to the left, numbers to the right. */
export function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
