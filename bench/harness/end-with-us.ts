import type { ChildProcess } from 'node:child_process';

// An interrupted benchmark leaves nothing behind: these make an exit of it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Ends a child with this process, however that ends. */
export function endWithUs(child: ChildProcess, kill: () => void = () => child.kill('SIGKILL')): void {
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
