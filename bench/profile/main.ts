/**
 * Where each millisecond goes: the stages, from /metrics, with one client and with 32; and a CPU profile
 * (`node --cpu-prof`) of the main thread under 32 clients.
 *
 *     npm run bench:profile -- [--seconds 10] [--model NAME@VERSION] [--write-docs]
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
import { Server } from '../harness/server.js';
import { peer as hemoserve } from '../peers/hemoserve/peer.js';
import { writeSection } from '../report/docs.js';
import { round } from '../report/tables.js';
import { profileTable } from './cpu-profile.js';
import { meanBatchSize, stagesTable } from './stages.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    model: { type: 'string' },
    'write-docs': { type: 'boolean' },
  },
});
const seconds = Number(values.seconds);
const model = readModel(values.model);
const { jpegs } = await loadCrops(model.manifest.classes);
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

function stages(clients: number, { before, after }: Awaited<ReturnType<typeof run>>): string {
  return [
    `${clients === 1 ? 'One client' : `${clients} clients`}, ${round(meanBatchSize(before, after))} crops per ` +
      `batch, longest delay of the event loop ${round(eventLoopDelayMs(after))} ms:`,
    stagesTable(before, after),
  ].join('\n\n');
}

function mainThread({ crops, secondsAfter }: Awaited<ReturnType<typeof run>>): string {
  // CPU.DATE.TIME.PID.THREAD.NUMBER.cpuprofile; the main thread is 0.
  const file = readdirSync(folder).find((name) => /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  if (!file) throw new Error('the service left no profile');
  const window: [number, number] = [secondsAfter + seconds, secondsAfter];
  return profileTable(readJson(join(folder, file)), window, crops);
}

try {
  const text = [
    stages(1, await run(1)),
    stages(32, await run(32)),
    'The main thread under 32 clients, by self time:',
    mainThread(
      await run(32, (command) => ({
        ...command,
        args: ['--cpu-prof', `--cpu-prof-dir=${folder}`, ...command.args],
      })),
    ),
  ].join('\n\n');
  console.log(text);
  if (values['write-docs']) writeSection('profile', text);
} finally {
  rmSync(folder, { recursive: true });
}
