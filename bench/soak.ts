import { mkdirSync } from 'node:fs';
import type { Arguments } from './arguments.js';
import { loadCrops } from './harness/crops.js';
import { Load } from './harness/load.js';
import { readModel } from './harness/model.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { round, table } from './report/tables.js';

const CLIENTS = 32;
const CROPS = 100_000;
/** Memory is read each time that so many crops have been answered. */
const STEP_CROPS = 10_000;
/** Largest accepted growth after the first step. */
const GROWTH = 0.05;
const BURST_SECONDS = 20;

/** Sends 100,000 crops from 32 clients to our service and tells how its memory went. */
export async function runSoak({ model: name, out }: Arguments): Promise<string> {
  const model = readModel(name);
  mkdirSync(out, { recursive: true });
  const { jpegs } = await loadCrops(model.manifest.classes);
  const server = await Server.start(hemoserve, model, out);
  const load = new Load([server.url], hemoserve, jpegs);
  const readings: { crops: number; memoryMiB: number }[] = [];
  try {
    let crops = 0;
    for (let next = STEP_CROPS; next <= CROPS; next += STEP_CROPS) {
      while (crops < next) {
        const outcomes = await load.run({ clients: CLIENTS }, BURST_SECONDS);
        const failed = outcomes.filter(({ status }) => status !== 200);
        if (failed.length > 0)
          throw new Error(`${failed.length} requests failed, one with ${failed[0]?.status}`);
        crops += outcomes.length;
      }
      readings.push({ crops, memoryMiB: server.usage().memoryMiB });
      console.error(readings.at(-1));
    }
  } finally {
    load.dispose();
    await server.stop();
  }
  const [first = Number.NaN, ...later] = readings.map(({ memoryMiB }) => memoryMiB);
  const growth = Math.max(...later) / first - 1;
  return [
    table(
      ['Crops', 'MiB (PSS)'],
      readings.map(({ crops, memoryMiB }) => [String(crops), round(memoryMiB)]),
    ),
    `Largest growth after the first ${STEP_CROPS} crops: ${round(growth * 100)} % (at most ${GROWTH * 100} %): ` +
      `${growth <= GROWTH ? 'pass' : 'FAIL'}.`,
  ].join('\n\n');
}
