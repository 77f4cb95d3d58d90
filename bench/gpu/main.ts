/**
 * The service on a GPU, at 1 to 256 clients: it must start there, which checks its golden outputs, and say so. Each
 * answer is held against the golden probabilities once more, over HTTP.
 *
 *     node --import ./scripts/typescript.mjs bench/gpu/main.ts --engine onnxruntime --device gpu --seconds 10
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../harness/contender.js';
import { drawnCrops } from '../harness/crops.js';
import { Load } from '../harness/load.js';
import { readJson, readModel } from '../harness/model.js';
import { positive } from '../harness/options.js';
import { Server } from '../harness/server.js';
import { peer as hemoserve } from '../peers/hemoserve/peer.js';

const CLIENTS = [1, 4, 16, 32, 64, 128, 256];
const CROPS_A_CLASS = 32;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'onnxruntime' },
    device: { type: 'string', default: 'gpu' },
    seconds: { type: 'string', default: '10' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const seconds = positive('--seconds', values.seconds);
const settings = {
  HEMOSERVE_ENGINE: values.engine,
  HEMOSERVE_DEVICE: values.device,
  HEMOSERVE_PRECISION: 'float32',
  HEMOSERVE_MAX_BATCH_SIZE: '64',
  // All clients have one address.
  HEMOSERVE_MAX_CLIENT_SHARE_PERCENT: '100',
  HEMOSERVE_MAX_IMAGES_IN_FLIGHT: '1024',
};
const onDevice = (command: Command): Command => ({ ...command, env: { ...command.env, ...settings } });

const model = readModel();
mkdirSync(values.out, { recursive: true });
const jpegs = await drawnCrops(model.manifest.classes, CROPS_A_CLASS);
const server = await Server.start(hemoserve, model, values.out, onDevice);
const load = new Load([server.url], hemoserve, jpegs);
try {
  console.log(`\nReady in ${server.readySeconds.toFixed(1)} s: ${await runsOn()}`);
  console.log(
    `Largest difference of a golden probability, over HTTP: ${(await goldenDifference()).toExponential(1)}`,
  );
  console.log('\n| Clients | Crops/s | p50 ms | p99 ms | Not answered |\n| --- | --- | --- | --- | --- |');
  const rows = [];
  for (const clients of CLIENTS) {
    const sent = await load.run({ clients }, seconds);
    const latencies = sent
      .filter(({ status }) => status === 200)
      .map(({ latencyMs }) => latencyMs)
      .sort((a, b) => a - b);
    const at = (share: number) => (latencies[Math.floor(share * latencies.length)] ?? Number.NaN).toFixed(1);
    // Those that came within the load's time: the last ones come after it.
    const inTime = sent.filter(
      ({ status, startMs, latencyMs }) => status === 200 && startMs + latencyMs <= 1000 * seconds,
    );
    const perSecond = (inTime.length / seconds).toFixed(1);
    const failed = sent.length - latencies.length;
    rows.push({ clients, perSecond, p50Ms: at(0.5), p99Ms: at(0.99), failed });
    console.log(`| ${clients} | ${perSecond} | ${at(0.5)} | ${at(0.99)} | ${failed} |`);
  }
  writeFileSync(join(values.out, 'service.json'), `${JSON.stringify({ ...values, rows }, undefined, 2)}\n`);
} finally {
  load.dispose();
  await server.stop();
}

/** What the service says that it runs on; another device than was asked for is an error. */
async function runsOn(): Promise<string> {
  const { models } = (await (await fetch(`${server.url}/v1/models`)).json()) as {
    models: { served: boolean; engine?: { name: string; version: string; device: string } }[];
  };
  const engine = models.find(({ served }) => served)?.engine;
  if (engine?.name !== values.engine || engine.device !== values.device) {
    throw new Error(`it runs on ${JSON.stringify(engine)}`);
  }
  return `${engine.name} ${engine.version} on ${engine.device}`;
}

async function goldenDifference(): Promise<number> {
  const images = readJson(join(model.folder, 'golden.json')) as { image: string; probabilities: number[] }[];
  let largest = 0;
  for (const { image, probabilities } of images) {
    const body = readFileSync(join(model.folder, image));
    const headers = { 'content-type': 'image/jpeg' };
    const response = await fetch(`${server.url}/v1/classify`, { method: 'POST', headers, body });
    const answered = hemoserve.probabilities(await response.json(), model.manifest.classes);
    const differences = probabilities.map((expected, index) =>
      Math.abs(expected - (answered[index] ?? Number.NaN)),
    );
    largest = Math.max(largest, ...differences);
  }
  return largest;
}
