// Preloaded, it sends the process a SIGHUP when it loads its first native library: early, as an impatient operator's
// or an init system's would come.
import { isMainThread } from 'node:worker_threads';

const { dlopen } = process;
if (isMainThread) {
  process.dlopen = function loadAfterHangUp(...given) {
    process.dlopen = dlopen;
    process.stderr.write('SIGHUP\n');
    process.kill(process.pid, 'SIGHUP');
    return dlopen.apply(this, given);
  };
}
