import { readdirSync } from 'node:fs';

/** Linux shows a process's threads, of any library, in a folder. */
export const canCountThreads = process.platform === 'linux';

export function threadCount(pid: number | 'self' = 'self'): number {
  return readdirSync(`/proc/${pid}/task`).length;
}
