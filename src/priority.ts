import { readdir } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';

/** How much nicer the other threads are than the event loop's: a busy core is shared about 1 to 3 with it then. */
const STEP = 5;
const LEAST_PRIORITY = 19;
/** A thread begins with the priority of the one that makes it; new ones are looked for so often. */
const PERIOD_MS = 1_000;
const THREADS = '/proc/self/task';

/**
 * Lets this process's event loop have a core before its threads that decode and infer (docs/decisions/0011). On Linux,
 * where threads have priorities of their own; elsewhere it does nothing.
 */
export function preferEventLoop(): void {
  if (process.platform !== 'linux') return;
  const nice = Math.min(getPriority() + STEP, LEAST_PRIORITY);
  const known = new Set([String(process.pid)]);
  setInterval(async () => {
    const threads = await readdir(THREADS).catch(() => []);
    for (const thread of threads.filter((name) => !known.has(name))) {
      try {
        setPriority(Number(thread), nice);
        known.add(thread);
      } catch {
        // It has ended.
      }
    }
  }, PERIOD_MS).unref();
}
