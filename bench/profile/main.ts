/**
 * Where each millisecond goes: the stages, from /metrics, with one client and with 32; and a CPU profile
 * (`node --cpu-prof`) of the main thread under 32 clients.
 *
 *     npm run bench:profile -- [--seconds 10] [--model NAME@VERSION] [--out FOLDER] [--write-docs]
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../harness/contender.js';
import { loadCrops } from '../harness/crops.js';
import { Load } from '../harness/load.js';
import { eventLoopDelayMs, scrape } from '../harness/metrics.js';
import { readJson, readModel } from '../harness/model.js';
import { MEASURING_OPTIONS, positive } from '../harness/options.js';
import { originOf } from '../harness/origin.js';
import { Server } from '../harness/server.js';
import { peer as hemoserve } from '../peers/hemoserve/peer.js';
import { report } from '../report/docs.js';
import { type ProfileResults, profile } from '../report/profile.js';
import { selfTimes } from './cpu-profile.js';
import { meanBatchSize, stageTimes } from './stages.js';

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    seconds: { type: 'string', default: '10' },
  },
});
const seconds = positive('--seconds', values.seconds);
const model = readModel(values.model);
const { source, jpegs } = await loadCrops(model.manifest.classes);
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-profile-'));

/** Runs the service under a load; tells how many crops it answered and how long before its end the load ended. */
async function run(clients: number, change?: (command: Command) => Command) {
  const server = await Server.start(hemoserve, model, folder, change);
  const load = new Load([server.url], hemoserve, jpegs);
  await load.run({ clients }, 2);
  const before = await scrape(server.url);
  const crops = (await load.run({ clients }, seconds)).length;
  const endMs = performance.now();
  const after = await scrape(server.url);
  load.dispose();
  await server.stop();
  return { before, after, crops, secondsAfter: (performance.now() - endMs) / 1000 };
}

async function profileLoad(clients: number): Promise<ProfileResults['loads'][number]> {
  const { before, after } = await run(clients);
  return {
    clients,
    cropsPerBatch: meanBatchSize(before, after),
    eventLoopDelayMs: eventLoopDelayMs(after),
    ...stageTimes(before, after),
  };
}

async function profileMainThread(clients: number): Promise<ProfileResults['mainThread']> {
  const { crops, secondsAfter } = await run(clients, (command) => ({
    ...command,
    args: ['--cpu-prof', `--cpu-prof-dir=${folder}`, ...command.args],
  }));
  // CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile; the main thread is 0.
  const file = readdirSync(folder).find((name) => /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  if (!file) throw new Error('the service left no profile');
  const window: [number, number] = [secondsAfter + seconds, secondsAfter];
  return { clients, selfTimes: selfTimes(readJson(join(folder, file)), window, crops) };
}

try {
  const results = {
    ...originOf(model, source),
    seconds,
    loads: [await profileLoad(1), await profileLoad(32)],
    mainThread: await profileMainThread(32),
  };
  report(profile, results, values.out, values['write-docs']);
} finally {
  rmSync(folder, { recursive: true });
}
