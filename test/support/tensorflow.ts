import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './fixtures.js';

/** Whether `npm run tensorflow:setup` was run; the tests against the real library are skipped without. */
export const hasTensorFlow = existsSync(join(root, 'runtimes/tensorflow/node_modules/.hemoserve-setup'));

/** Ids of TensorFlow's processes that this one started and that live. */
export function tensorFlowProcesses(): number[] {
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
    .filter((id) => id !== '' && commandOf(id).includes('runtimes/tensorflow/child'))
    .map(Number);
}

/** Empty for a process that has ended, even while nobody has waited for it. */
function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Resident memory of a process. */
export function residentBytes(id: number): number {
  const [, kilobytes] = readFileSync(`/proc/${id}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB$/m) ?? [];
  return Number(kilobytes) * 1024;
}
