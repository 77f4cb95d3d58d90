/**
 * What does it cost to keep slides? Sends the crops of many slides at once, interleaved, to POST /v1/classify and to
 * POST /v1/slides/:id/crops in turn, and counts afterwards that each slide has all its crops.
 *
 *     npm run bench:slides -- [--slides 50] [--crops 200] [--rounds 3] [--model NAME@VERSION] [--out FOLDER]
 *                             [--write-docs]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCrops } from './harness/crops.js';
import { readModel } from './harness/model.js';
import { MEASURING_OPTIONS, positive } from './harness/options.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { post, sendCrops } from './harness/slide-load.js';
import { peer as hemoserve } from './peers/hemoserve/peer.js';
import { report } from './report/docs.js';
import { type SlideRound, slides as section } from './report/slides.js';

/** Not measured, so that code is compiled and the engine is chosen. */
const WARM_UP_CROPS = 4;

const { values } = parseArgs({
  options: {
    ...MEASURING_OPTIONS,
    slides: { type: 'string', default: '50' },
    crops: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
  },
});
const slides = positive('--slides', values.slides);
const cropsEach = positive('--crops', values.crops);
const rounds = positive('--rounds', values.rounds);
const model = readModel(values.model);
mkdirSync(values.out, { recursive: true });
const { source, jpegs } = await loadCrops(model.manifest.classes);
if (cropsEach > jpegs.length)
  throw new Error(`--crops ${cropsEach}: there are ${jpegs.length} distinct ones`);
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-slides-'));
const server = await Server.start(hemoserve, model, values.out, (command) => ({
  ...command,
  env: { ...command.env, HEMOSERVE_DATABASE: join(folder, 'slides.db') },
}));

async function makeSlides(round: string): Promise<void> {
  for (let slide = 0; slide < slides; slide++) {
    const description = { id: `${round}.${slide}`, specimenNumber: `${slide}` };
    await post(`${server.url}/v1/slides`, 'application/json', JSON.stringify(description));
  }
}

async function measure(each: number, pathOf: (client: number) => string): Promise<SlideRound> {
  const before = server.usage().cpuSeconds;
  const load = await sendCrops(server.url, slides, each, jpegs, pathOf);
  return { ...load, cpuSeconds: server.usage().cpuSeconds - before };
}

/** @throws when a slide does not have all its crops, each once. */
async function checkSlides(round: string): Promise<void> {
  for (let slide = 0; slide < slides; slide++) {
    const response = await fetch(`${server.url}/v1/slides/${round}.${slide}`);
    const { cropCount, crops } = (await response.json()) as { cropCount: number; crops: { crop: string }[] };
    const distinct = new Set(crops.map(({ crop }) => crop)).size;
    if (cropCount !== cropsEach || distinct !== cropsEach) {
      throw new Error(`slide ${round}.${slide} has ${cropCount} crops, ${distinct} of them distinct`);
    }
  }
}

const classify: SlideRound[] = [];
const toSlides: SlideRound[] = [];
try {
  await makeSlides('warm');
  await measure(WARM_UP_CROPS, () => '/v1/classify');
  await measure(WARM_UP_CROPS, (client) => `/v1/slides/warm.${client}/crops`);
  for (let round = 0; round < rounds; round++) {
    classify.push(await measure(cropsEach, () => '/v1/classify'));
    await makeSlides(`${round}`);
    toSlides.push(await measure(cropsEach, (client) => `/v1/slides/${round}.${client}/crops`));
    await checkSlides(`${round}`);
    console.error({ classify: classify.at(-1), toSlides: toSlides.at(-1) });
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
const results = { ...originOf(model, source), slides, cropsEach, classify, toSlides };
report(section, results, values.out, values['write-docs']);
