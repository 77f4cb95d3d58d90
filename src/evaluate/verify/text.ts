import { columns } from '../summary.js';
import { dataWords, engineWords } from '../words.js';
import type { Verification } from './verification.js';

/** The verification in columns, for a terminal and a file. */
export function verificationText({ checks, passed, worstConfusions, evaluation }: Verification): string {
  const { model, n, failures } = evaluation;
  return [
    `${model.name}@${model.version} on ${dataWords(evaluation)}: ${n} crops, ${engineWords(evaluation)}`,
    ...(failures.length > 0 ? [`${failures.length} files gave an error and count as wrong`] : []),
    ...(evaluation.decisions ? [] : ['the version has no trust data: every answer counts as accepted']),
    '',
    ...columns([
      ['demand', 'found, % (95 %)', 'demanded, %', 'result'],
      ...checks.map(({ what, found, demanded, result }) => [what, found, demanded, result]),
    ]),
    '',
    ...(worstConfusions.length > 0
      ? columns([
          ['label taken for', 'crops', 'accepted'],
          ...worstConfusions.map(({ label, predicted, count, accepted }) => [
            `${label}: ${predicted}`,
            String(count),
            String(accepted),
          ]),
        ])
      : ['no crop was taken for another class']),
    '',
    passed ? 'PASSED' : 'NOT PASSED',
  ].join('\n');
}
