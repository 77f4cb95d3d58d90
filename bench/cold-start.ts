/**
 * How soon is a new replica ready? Starts the service several times, each with an empty cache folder, and prints the
 * seconds from each start until `/readyz` says yes.
 *
 *     npm run bench:cold-start -- [--starts 5] [--model NAME@VERSION] [--out FOLDER]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { percentile } from './harness/figures.js';
import { readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';

const { values } = parseArgs({ options: { ...MEASURING_OPTIONS, starts: { type: 'string', default: '5' } } });
const starts = positive('--starts', values.starts);
const model = readModel(values.model);
mkdirSync(values.out, { recursive: true });
const seconds: number[] = [];
while (seconds.length < starts) {
  const cache = mkdtempSync(join(tmpdir(), 'hemoserve-cold-'));
  try {
    const server = await Server.start(hemoserve, model, values.out, (command) => ({
      ...command,
      env: { ...command.env, HEMOSERVE_CACHE_DIR: cache },
    }));
    seconds.push(server.readySeconds);
    await server.stop();
  } finally {
    rmSync(cache, { recursive: true });
  }
}
seconds.sort((a, b) => a - b);
const [least, median, most] = [0, 50, 100].map((share) => percentile(seconds, share).toFixed(2));
console.log(`ready after ${median} s (median of ${starts}; ${least} to ${most})`);
