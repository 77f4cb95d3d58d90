/**
 * How throughput grows with cores and replicas: the service on one core, on more, and as replicas of one core each;
 * measured as far as this machine goes, computed beyond.
 *
 *     npm run bench:scale -- [--seconds 8] [--model NAME@VERSION] [--out FOLDER] [--write-docs]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from './harness/contender.js';
import { loadCrops } from './harness/crops.js';
import { Load } from './harness/load.js';
import { cores } from './harness/machine.js';
import { readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { report } from './report/docs.js';
import { scaling, type Throughput } from './report/scaling.js';

const CLIENTS = 32;

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    seconds: { type: 'string', default: '8' },
  },
});
const seconds = positive('--seconds', values.seconds);
const model = readModel(values.model);
const { source, jpegs } = await loadCrops(model.manifest.classes);
const logs = mkdtempSync(join(tmpdir(), 'hemoserve-scale-'));

/** Crops a second of replicas, each on a list of cores as taskset(1) takes it. */
async function throughput(coreLists: string[]): Promise<number> {
  const servers: Server[] = [];
  try {
    for (const list of coreLists) {
      const pinned = ({ file, args, ...rest }: Command): Command => ({
        ...rest,
        file: 'taskset',
        args: ['-c', list, file, ...args],
      });
      servers.push(await Server.start(hemoserve, model, logs, pinned));
    }
    const load = new Load(
      servers.map(({ url }) => url),
      hemoserve,
      jpegs,
    );
    await load.run({ clients: CLIENTS }, 2);
    const sent = await load.run({ clients: CLIENTS }, seconds);
    load.dispose();
    const inTime = sent.filter(
      ({ status, startMs, latencyMs }) => status === 200 && startMs + latencyMs <= seconds * 1000,
    );
    return inTime.length / seconds;
  } finally {
    for (const server of servers) await server.stop();
  }
}

const sizes = [...new Set([1, 2, 4, 8, 16, cores])].filter((size) => size <= cores).sort((a, b) => a - b);
const measured: Throughput[] = [];
for (const size of sizes) {
  const oneProcess = await throughput([`0-${size - 1}`]);
  const replicas =
    size === 1 ? oneProcess : await throughput(Array.from({ length: size }, (_, core) => `${core}`));
  measured.push({ cores: size, oneProcess, replicas });
}
rmSync(logs, { recursive: true });

const results = { ...originOf(model, source), clients: CLIENTS, seconds, measured };
report(scaling, results, values.out, values['write-docs']);
