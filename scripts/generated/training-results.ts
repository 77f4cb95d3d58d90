import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const NONE_YET = 'No version was measured yet.\n';

/** Results that a command of training wrote, in the order of their names; none before it ran. */
export function readResults(root: string, name: string): unknown[] {
  const folder = join(root, 'training', 'results', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

/** With one decimal place. */
export const percent = (value: number) => (100 * value).toFixed(1);
