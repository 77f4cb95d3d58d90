import { readdirSync } from 'node:fs';

/** Linux shows a process's threads, of any library, in a folder. */
export const canCountThreads = process.platform === 'linux';

export function threadCount(): number {
  return readdirSync('/proc/self/task').length;
}
