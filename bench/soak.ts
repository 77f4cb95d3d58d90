/**
 * Is the service's memory flat? Sends many crops from 32 clients to it, and reads its memory ten times meanwhile.
 *
 *     npm run bench:soak -- [--crops 100000] [--burst-seconds 20] [--model NAME@VERSION] [--out FOLDER] [--write-docs]
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
import { type SoakResults, soak } from './report/soak.js';

const CLIENTS = 32;
const READINGS = 10;

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    crops: { type: 'string', default: '100000' },
    'burst-seconds': { type: 'string', default: '20' },
  },
});
const stepCrops = Math.ceil(positive('--crops', values.crops) / READINGS);
const burstSeconds = positive('--burst-seconds', values['burst-seconds']);
const model = readModel(values.model);
mkdirSync(values.out, { recursive: true });
const { source, jpegs } = await loadCrops(model.manifest.classes);
const server = await Server.start(hemoserve, model, values.out);
const load = new Load([server.url], hemoserve, jpegs);
const readings: SoakResults['readings'] = [];
try {
  let crops = 0;
  while (readings.length < READINGS) {
    for (const next = stepCrops * (readings.length + 1); crops < next; ) {
      const sent = await load.run({ clients: CLIENTS }, burstSeconds);
      const failed = sent.filter(({ status }) => status !== 200);
      if (failed.length > 0)
        throw new Error(`${failed.length} requests failed, one with ${failed[0]?.status}`);
      crops += sent.length;
    }
    readings.push({ crops, memoryMiB: server.usage().memoryMiB });
    console.error(readings.at(-1));
  }
} finally {
  load.dispose();
  await server.stop();
}
const results = { ...originOf(model, source), clients: CLIENTS, stepCrops, readings };
report(soak, results, values.out, values['write-docs']);
