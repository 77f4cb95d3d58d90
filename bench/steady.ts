/**
 * Does the service bear a steady load for hours? Measures how many crops it takes, then sends a share of that at even
 * distances, and reads its memory meanwhile. Fails on a refused or failed request, and where memory grows.
 *
 *     npm run bench:steady -- [--minutes 60] [--percent 80] [--model NAME@VERSION] [--out FOLDER] [--write-docs]
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadCrops } from './harness/crops.js';
import { Load } from './harness/load.js';
import { readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { report } from './report/docs.js';
import { isSteady, type SteadyResults, steady } from './report/steady.js';

const CLIENTS = 32;
const CAPACITY_SECONDS = 30;
const READINGS = 10;

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
// Before the hour, in which the checkout may change.
const origin = originOf(model, source);
const server = await Server.start(hemoserve, model, values.out);
const load = new Load([server.url], hemoserve, jpegs);
const readings: SteadyResults['readings'] = [];
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
const results = { ...origin, percent, perSecond, minutes: Number(values.minutes), readings };
report(steady, results, values.out, values['write-docs']);
if (!isSteady(results)) process.exitCode = 1;
