/**
 * How throughput grows with cores and replicas: the service on one core, on more, and as replicas of one core each;
 * measured as far as this machine goes, computed beyond.
 *
 *     npm run bench:scale -- [--seconds 8] [--model NAME@VERSION] [--write-docs]
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
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { writeSection } from './report/docs.js';
import { round, table } from './report/tables.js';

const CLIENTS = 32;
const COMPUTED_CORES = [4, 8, 16];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    model: { type: 'string' },
    'write-docs': { type: 'boolean' },
  },
});
const seconds = Number(values.seconds);
const model = readModel(values.model);
const { jpegs } = await loadCrops(model.manifest.classes);
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
    const outcomes = await load.run({ clients: CLIENTS }, seconds);
    load.dispose();
    const inTime = outcomes.filter(
      ({ status, startMs, latencyMs }) => status === 200 && startMs + latencyMs <= seconds * 1000,
    );
    return inTime.length / seconds;
  } finally {
    for (const server of servers) await server.stop();
  }
}

const sizes = [...new Set([1, 2, 4, 8, 16, cores])].filter((size) => size <= cores).sort((a, b) => a - b);
const measured: { cores: number; process: number; replicas: number }[] = [];
for (const size of sizes) {
  const oneProcess = await throughput([`0-${size - 1}`]);
  const replicas =
    size === 1 ? oneProcess : await throughput(Array.from({ length: size }, (_, core) => `${core}`));
  measured.push({ cores: size, process: oneProcess, replicas });
}
rmSync(logs, { recursive: true });

const one = measured[0]?.process ?? Number.NaN;
const most = measured.at(-1) ?? { cores: 1, process: one, replicas: one };
/** The part that does not grow with cores, by Amdahl's law from the measured ends. */
const serial = Math.max(0, ((most.cores * one) / most.process - 1) / (most.cores - 1));
const replicaEfficiency = most.replicas / (most.cores * one);

const row = (count: number, how: string, process: number, replicas: number) => [
  String(count),
  how,
  round(process),
  round(process / one),
  round(replicas),
  round(replicas / one),
];
const text = [
  table(
    ['Cores', '', 'One process, crops/s', 'x one core', 'A replica per core, crops/s', 'x one core'],
    [
      ...measured.map(({ cores: count, process, replicas }) => row(count, 'measured', process, replicas)),
      ...COMPUTED_CORES.filter((count) => count > cores).map((count) =>
        row(count, 'computed', one / (serial + (1 - serial) / count), one * replicaEfficiency * count),
      ),
    ],
  ),
  `Computed: one process by Amdahl's law with a serial part of ${round(serial * 100)} %, replicas in proportion ` +
    `with an efficiency of ${round(replicaEfficiency * 100)} %, both from what was measured on ${most.cores} cores.`,
].join('\n\n');
console.log(text);
if (values['write-docs']) writeSection('scaling', text);
