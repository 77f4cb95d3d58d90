/**
 * The raw engine: onnxruntime-node in a loop, without HTTP, queues or checks, with the service's decoding and without.
 * Prints JSON (`RawFigures`); a process of its own, started by the benchmark.
 *
 *     node --import ./scripts/typescript.mjs bench/raw/onnxruntime.ts MODEL_FOLDER CROPS_FOLDER SECONDS
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from '../harness/figures.js';
import { RawEngine } from './engine.js';
import type { Pace, RawFigures } from './raw.js';

const [modelFolder = '', cropsFolder = '', secondsText = ''] = process.argv.slice(2);
const seconds = Number(secondsText);
const jpegs = readdirSync(cropsFolder)
  .sort()
  .map((name) => readFileSync(join(cropsFolder, name)));
const engine = await RawEngine.load(modelFolder, jpegs, { spinning: false });
const spinningEngine = await RawEngine.load(modelFolder, jpegs, { spinning: true });

/** Repeats a step of so many crops for the time, after one run that doesn't count. */
async function pace(how: string, size: number, step: (start: number) => Promise<unknown>): Promise<Pace> {
  await step(0);
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  let crops = 0;
  for (; performance.now() - startMs < seconds * 1000; crops += size) await step(crops + size);
  const { user, system } = process.cpuUsage(startCpu);
  const cropsPerSecond = (crops * 1000) / (performance.now() - startMs);
  return { how, cropsPerSecond, cpuSecondsPer1000: (user + system) / 1000 / crops };
}

/** Decodes the next batch while the present one runs. */
function decodingAhead(size: number): Promise<Pace> {
  let ahead = engine.decode(0, size);
  return pace(`batches of ${size}, decoding ahead`, size, async (start) => {
    const batch = await ahead;
    ahead = engine.decode(start + size, size);
    await engine.infer(batch);
  });
}

function inTurn(size: number): Promise<Pace> {
  return pace(`batches of ${size}, decoding and inference in turn`, size, async (start) =>
    spinningEngine.infer(await engine.decode(start, size)),
  );
}

async function inferenceOnly(size: number): Promise<Pace> {
  const batch = await engine.decode(0, size);
  return pace(`batches of ${size}`, size, () => spinningEngine.infer(batch));
}

async function oneAtATime(): Promise<number> {
  const durations: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  for (let index = 0; performance.now() < endMs; index++) {
    const startMs = performance.now();
    await spinningEngine.infer(await engine.decode(index, 1));
    durations.push(performance.now() - startMs);
  }
  return percentile(durations, 50);
}

async function best(ways: (() => Promise<Pace>)[]): Promise<Pace> {
  let found: Pace | undefined;
  for (const way of ways) {
    const paced = await way();
    if (!found || paced.cropsPerSecond > found.cropsPerSecond) found = paced;
  }
  if (!found) throw new Error('no way to measure');
  return found;
}

const figures: RawFigures = {
  engine: 'onnxruntime float32',
  title: engine.title,
  // First, since it warms everything up.
  probabilities: await engine.probabilities(),
  withoutDecoding: await best([1, 8, 16, 32].map((size) => () => inferenceOnly(size))),
  withDecoding: await best([8, 16].flatMap((size) => [() => decodingAhead(size), () => inTurn(size)])),
  oneCropP50Ms: await oneAtATime(),
};
console.log(JSON.stringify(figures));
