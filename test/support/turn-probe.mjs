// Preloaded into the service (`--import`): measures each turn of the event loop in CPU time of its thread, which
// other processes on the machine do not change. SIGWINCH (the service stops on most other signals) starts anew; at exit the longest turn is written, in ms.
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.TURN_PROBE_FILE;

if (isMainThread && file) {
  const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(128);
  const cpuMs = () =>
    Number(buffer.toString('latin1', 0, readSync(schedstat, buffer, 0, 128, 0)).split(' ')[0]) / 1e6;
  let longestMs = 0;
  let lastMs = cpuMs();
  const turn = () => {
    const nowMs = cpuMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    setImmediate(turn).unref();
  };
  turn();
  process.on('SIGWINCH', () => {
    longestMs = 0;
  });
  process.on('exit', () => {
    closeSync(schedstat);
    writeFileSync(file, String(longestMs));
  });
}
