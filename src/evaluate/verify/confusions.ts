import type { JudgedFile } from '../classify-files.js';
import type { Confusion } from './verification.js';

const MOST = 10;

/** The most frequent wrong answers. */
export function worstConfusions(outcomes: readonly JudgedFile[], classes: readonly string[]): Confusion[] {
  const found = new Map<string, Confusion>();
  for (const outcome of outcomes) {
    if ('error' in outcome || outcome.truth === outcome.predicted) continue;
    const [label = '', predicted = ''] = [classes[outcome.truth], classes[outcome.predicted]];
    const key = `${label} ${predicted}`;
    const confusion = found.get(key) ?? { label, predicted, count: 0, accepted: 0 };
    confusion.count += 1;
    if (outcome.judgement?.decision !== 'review') confusion.accepted += 1;
    found.set(key, confusion);
  }
  return [...found.values()].sort((a, b) => b.count - a.count || b.accepted - a.accepted).slice(0, MOST);
}
