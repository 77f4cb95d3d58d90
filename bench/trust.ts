/**
 * What decisions, novelty and image quality cost: the service with a version's trust data and without, side by side,
 * each getting the load in turn.
 *
 *     npm run bench:trust -- [--clients 32] [--seconds 8] [--rounds 5] [--model NAME@VERSION] [--out FOLDER]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCrops } from './harness/crops.js';
import { Load } from './harness/load.js';
import { type Model, readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';

const WARM_UP_SECONDS = 3;
/** Most of the throughput that it may cost. */
const MOST_COST = 0.05;

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
  },
});
const clients = positive('--clients', values.clients);
const seconds = positive('--seconds', values.seconds);
const rounds = positive('--rounds', values.rounds);
const model = readModel(values.model);
if (!model.manifest.trust) throw new Error('the version has no trust data');
mkdirSync(values.out, { recursive: true });
const { source, jpegs } = await loadCrops(model.manifest.classes);
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-trust-'));
const servers: Server[] = [];
const loads: Load[] = [];
try {
  for (const trust of [true, false]) {
    const models = join(folder, trust ? 'with' : 'without');
    copyVersion(model, models, trust);
    const server = await Server.start(hemoserve, model, values.out, (command) => ({
      ...command,
      env: { ...command.env, HEMOSERVE_MODELS_DIR: models },
    }));
    servers.push(server);
    loads.push(new Load([server.url], hemoserve, jpegs));
  }
  for (const load of loads) await load.run({ clients }, WARM_UP_SECONDS);
  const figures: { cropsPerSecond: number; cpuMsPerCrop: number }[][] = [];
  for (let round = 0; round < rounds; round++) {
    const both: (typeof figures)[number] = [];
    for (const [index, load] of loads.entries()) both.push(await measure(load, servers[index] as Server));
    figures.push(both);
    console.error(both);
  }
  const median = (index: number, key: 'cropsPerSecond' | 'cpuMsPerCrop') =>
    figures.map((both) => both[index]?.[key] ?? Number.NaN).sort((a, b) => a - b)[Math.floor(rounds / 2)] ??
    Number.NaN;
  const cost = 1 - median(0, 'cropsPerSecond') / median(1, 'cropsPerSecond');
  const cpuCost = median(0, 'cpuMsPerCrop') / median(1, 'cpuMsPerCrop') - 1;
  const results = { ...originOf(model, source), clients, seconds, figures, cost, cpuCost };
  writeFileSync(join(values.out, 'trust.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  const inPercent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `with trust data ${median(0, 'cropsPerSecond').toFixed(1)} crops/s, without ${median(1, 'cropsPerSecond').toFixed(1)} ` +
      `(medians of ${rounds} rounds): it costs ${inPercent(cost)} of the throughput, at most ${inPercent(MOST_COST)} wanted; ` +
      `${inPercent(cpuCost)} more processor time a crop`,
  );
  if (cost > MOST_COST) process.exitCode = 1;
} finally {
  for (const load of loads) load.dispose();
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure(load: Load, server: Server) {
  const before = server.usage().cpuSeconds;
  const sent = await load.run({ clients }, seconds);
  const failed = sent.find(({ status }) => status !== 200);
  if (failed) throw new Error(`a request failed with ${failed.status}`);
  const inTime = sent.filter(({ startMs, latencyMs }) => startMs + latencyMs <= seconds * 1000).length;
  const cpuSeconds = server.usage().cpuSeconds - before;
  return { cropsPerSecond: inTime / seconds, cpuMsPerCrop: (1000 * cpuSeconds) / sent.length };
}

/** A registry with one version: its files by links, its manifest with or without trust data. */
function copyVersion({ folder: from, manifest }: Model, models: string, trust: boolean): void {
  const to = join(models, manifest.name, manifest.version);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== 'manifest.json') symlinkSync(join(from, name), join(to, name));
  }
  const { trust: data, ...rest } = manifest;
  writeFileSync(join(to, 'manifest.json'), JSON.stringify(trust ? { ...rest, trust: data } : rest));
}
