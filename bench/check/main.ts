/**
 * A regression check for CI: what the service adds to decoding and a small engine, as ratios that hold on a busy
 * machine: processor time, which other work does not lengthen, and what the fastest tenth of one client's
 * requests take. Each is the best of some rounds in which service and engine take turns.
 *
 *     npm run bench:check
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawnCrops } from '../harness/crops.js';
import { percentile } from '../harness/figures.js';
import { type Model, readJson } from '../harness/model.js';
import { root } from '../harness/paths.js';
import { trainingPython } from '../harness/python.js';
import { Server } from '../harness/server.js';
import { peer as hemoserve } from '../peers/hemoserve/peer.js';
import type { RawEngine } from '../raw/engine.js';

const ROUNDS = 3;
const CROPS_PER_ROUND = 320;
const CLIENTS = 32;
const BATCH = 16;
const SINGLE_CROPS = 100;

interface Cost {
  cpuMsPerCrop: number;
  oneCropP10Ms: number;
}

/** Bounds of service over engine, well over what it is: a regression, not noise, must break them. */
const BOUNDS: Cost = { cpuMsPerCrop: 2, oneCropP10Ms: 4 };

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-check-'));
try {
  execFileSync(trainingPython(), ['bench/check/registry.py', folder], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: join(root, 'training') },
  });
  const modelFolder = join(folder, 'small', '1.0.0');
  const model: Model = { folder: modelFolder, manifest: readJson(join(modelFolder, 'manifest.json')) };
  const jpegs = await drawnCrops(model.manifest.classes, 8);
  // After the drawing: its readers keep libvips from reading SVG in this process.
  const { RawEngine } = await import('../raw/engine.js');
  const engine = await RawEngine.load(modelFolder, jpegs, { spinning: false });
  const server = await Server.start(hemoserve, model, folder, (command) => ({
    ...command,
    env: { ...command.env, HEMOSERVE_MODELS_DIR: folder, HEMOSERVE_ENGINE: 'onnxruntime' },
  }));
  try {
    await compare(engine, server, jpegs);
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(engine: RawEngine, server: Server, jpegs: Buffer[]): Promise<void> {
  await ofEngine(engine);
  await ofService(server, jpegs);
  const raw: Cost[] = [];
  const served: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(await ofEngine(engine));
    served.push(await ofService(server, jpegs));
  }
  console.log({ raw, served });
  for (const key of ['cpuMsPerCrop', 'oneCropP10Ms'] as const) {
    const best = (costs: Cost[]) => Math.min(...costs.map((cost) => cost[key]));
    const ratio = best(served) / best(raw);
    const ok = ratio <= BOUNDS[key];
    console.log(
      `${key}: service / engine ${ratio.toFixed(2)}, at most ${BOUNDS[key]}: ${ok ? 'pass' : 'FAIL'}`,
    );
    if (!ok) process.exitCode = 1;
  }
}

async function ofEngine(engine: RawEngine): Promise<Cost> {
  const before = process.cpuUsage();
  for (let start = 0; start < CROPS_PER_ROUND; start += BATCH)
    await engine.infer(await engine.decode(start, BATCH));
  const { user, system } = process.cpuUsage(before);
  return {
    cpuMsPerCrop: (user + system) / 1000 / CROPS_PER_ROUND,
    oneCropP10Ms: await fastestTenth(async (index) => engine.infer(await engine.decode(index, 1))),
  };
}

async function ofService(server: Server, jpegs: Buffer[]): Promise<Cost> {
  const before = server.usage().cpuSeconds;
  let next = 0;
  const client = async () => {
    while (next < CROPS_PER_ROUND) await classify(server, jpegs, next++);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    cpuMsPerCrop: ((server.usage().cpuSeconds - before) * 1000) / CROPS_PER_ROUND,
    oneCropP10Ms: await fastestTenth((index) => classify(server, jpegs, index)),
  };
}

async function classify(server: Server, jpegs: Buffer[], index: number): Promise<void> {
  const { path, headers, body } = hemoserve.request(jpegs[index % jpegs.length] ?? Buffer.of());
  const response = await fetch(server.url + path, { method: 'POST', headers, body: new Uint8Array(body) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function fastestTenth(step: (index: number) => Promise<unknown>): Promise<number> {
  const durations: number[] = [];
  for (let index = 0; index < SINGLE_CROPS; index++) {
    const startMs = performance.now();
    await step(index);
    durations.push(performance.now() - startMs);
  }
  return percentile(durations, 10);
}
