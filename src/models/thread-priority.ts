import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Enough for the event loop to get a core at once, little enough to leave other processes' share as it is. */
const NICENESS = 5;

/**
 * Makes the threads that decode and infer nicer than the event loop's, which otherwise waits behind them for a core
 * when all are busy, and with it every answer and refusal. To be called when they are there; threads that they start
 * themselves inherit it. Only Linux has priorities of threads.
 */
export function putEventLoopFirst(): void {
  if (process.platform !== 'linux') return;
  for (const thread of readdirSync('/proc/self/task')) {
    if (Number(thread) === process.pid) continue;
    try {
      setPriority(Number(thread), NICENESS);
    } catch {
      // It has ended meanwhile.
    }
  }
}
