import type { JudgedFile, Prediction } from './classify-files.js';
import type { Evaluation } from './evaluation.js';

/** evaluation.json's text; what does not exist is null. */
export function evaluationJson(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, (_key, value) => value ?? null, 2)}\n`;
}

/**
 * predictions.csv's text (RFC 4180, but for its line ends): path, label, predicted class, one probability per class
 * with all digits of a float64, and the error's code in place of a prediction; then the decision, its reasons and the
 * novelty score, where the version has trust data.
 */
export function predictionsCsv(outcomes: readonly JudgedFile[], classes: readonly string[]): string {
  const rows = outcomes.map((outcome) => {
    const beginning = [outcome.path, classes[outcome.truth] ?? ''];
    if ('error' in outcome)
      return [...beginning, '', ...classes.map(() => ''), outcome.error.code, '', '', ''];
    return [
      ...beginning,
      classes[outcome.predicted] ?? '',
      ...[...outcome.probabilities].map(String),
      '',
      ...judged(outcome),
    ];
  });
  return [['path', 'label', 'predicted', ...classes, 'error', 'decision', 'reasons', 'novelty'], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\n`)
    .join('');
}

function judged({ judgement }: Prediction): string[] {
  const { decision = '', reasons = [], novelty } = judgement ?? {};
  return [decision, reasons.join(' '), novelty ? String(novelty.score) : ''];
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
