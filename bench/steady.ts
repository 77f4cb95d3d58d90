/**
 * Does the service bear a steady load for hours? Measures how many crops it takes, then sends a share of that at even
 * distances, and reads its memory meanwhile. Fails on a refused or failed request, and where memory grows.
 *
 *     npm run bench:steady -- [--minutes 60] [--percent 80] [--model NAME@VERSION] [--out FOLDER]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCrops } from './harness/crops.js';
import { Load } from './harness/load.js';
import { readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';

const CLIENTS = 32;
const CAPACITY_SECONDS = 30;
const READINGS = 10;
/** After the first tenth, as `npm run bench:soak`. */
const GROWTH = 0.05;

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    minutes: { type: 'string', default: '60' },
    percent: { type: 'string', default: '80' },
  },
});
const stepSeconds = (60 * positive('--minutes', values.minutes)) / READINGS;
const percent = positive('--percent', values.percent);
const model = readModel(values.model);
mkdirSync(values.out, { recursive: true });
const { source, jpegs } = await loadCrops(model.manifest.classes);
const server = await Server.start(hemoserve, model, values.out);
const load = new Load([server.url], hemoserve, jpegs);
const readings: { crops: number; refused: number; failed: number; p99Ms: number; memoryMiB: number }[] = [];
let perSecond = 0;
try {
  const closed = await load.run({ clients: CLIENTS }, CAPACITY_SECONDS);
  const capacity = closed.filter(({ status }) => status === 200).length / CAPACITY_SECONDS;
  perSecond = Math.max(1, Math.floor((capacity * percent) / 100));
  console.error(`${capacity.toFixed(1)} crops/s at most; ${perSecond} crops/s for ${values.minutes} minutes`);
  while (readings.length < READINGS) {
    const sent = await load.run({ perSecond }, stepSeconds);
    const latencies = sent.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    readings.push({
      crops: sent.length,
      refused: sent.filter(({ status }) => status === 503).length,
      failed: sent.filter(({ status }) => status !== 200 && status !== 503).length,
      p99Ms: latencies[Math.floor(0.99 * latencies.length)] ?? Number.NaN,
      memoryMiB: server.usage().memoryMiB,
    });
    console.error(readings.at(-1));
  }
} finally {
  load.dispose();
  await server.stop();
}
const results = { ...originOf(model, source), percent, perSecond, minutes: Number(values.minutes), readings };
writeFileSync(join(values.out, 'steady.json'), `${JSON.stringify(results, undefined, 2)}\n`);
const [first = Number.NaN, ...later] = readings.map(({ memoryMiB }) => memoryMiB);
const growth = Math.max(...later) / first - 1;
const total = (key: 'crops' | 'refused' | 'failed') =>
  readings.reduce((sum, reading) => sum + reading[key], 0);
console.log(
  `${total('crops')} crops in ${values.minutes} minutes, ${total('refused')} refused (503), ${total('failed')} failed; memory grew by ${(100 * growth).toFixed(1)} % ` +
    `after the first tenth (at most ${100 * GROWTH} %)`,
);
if (total('refused') + total('failed') > 0 || growth > GROWTH) process.exitCode = 1;
