/**
 * The raw engine: onnxruntime-node in a loop, without HTTP, queues or checks, with sharp's decoding and without.
 * Prints JSON (`RawFigures`); a process of its own, started by the benchmark.
 *
 *     node --import ./scripts/typescript.mjs bench/raw/onnxruntime.ts MODEL_FOLDER CROPS_FOLDER SECONDS
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { softmax } from '../../src/classify/probabilities.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { cores } from '../contender.js';
import { percentile } from '../figures.js';
import { readJson } from '../model.js';
import type { Pace, RawFigures } from './raw.js';

const BATCH_SIZES = [1, 4, 8, 16, 32];
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');

const [modelFolder = '', cropsFolder = '', secondsText = ''] = process.argv.slice(2);
const seconds = Number(secondsText);
const manifest: Manifest = readJson(join(modelFolder, 'manifest.json'));
const { input, preprocessing, outputs } = manifest;
const cropBytes = input.width * input.height * input.channels;

sharp.cache(false);
const jpegs = await Promise.all(
  readdirSync(cropsFolder)
    .sort()
    .map(async (name) => {
      const content = readFileSync(join(cropsFolder, name));
      const { width, height } = await sharp(content).metadata();
      return { content, whole: { left: 0, top: 0, width, height } };
    }),
);
const session = await InferenceSession.create(join(modelFolder, manifest.onnx), {
  intraOpNumThreads: cores,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});

/** The model's pixels of the crop at that place, going round; as the service makes them. */
function decode(index: number): Promise<Buffer> {
  const jpeg = jpegs[index % jpegs.length];
  if (!jpeg) throw new Error('no crops');
  // Extracting the whole image keeps sharp from shrinking while it loads, which gives other pixels.
  return sharp(jpeg.content)
    .extract(jpeg.whole)
    .resize(input.width, input.height, { fit: preprocessing.fit, kernel: preprocessing.kernel })
    .raw()
    .toBuffer();
}

async function decodeBatch(start: number, size: number): Promise<Uint8Array> {
  const batch = new Uint8Array(size * cropBytes);
  await Promise.all(
    Array.from({ length: size }, async (_, index) =>
      batch.set(await decode(start + index), index * cropBytes),
    ),
  );
  return batch;
}

async function infer(batch: Uint8Array): Promise<Float32Array> {
  const size = batch.length / cropBytes;
  const crops = new Tensor('uint8', batch, [size, input.height, input.width, input.channels]);
  const result = await session.run({ [input.name]: crops }, [outputs.logits]);
  return result[outputs.logits]?.data as Float32Array;
}

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
  let ahead = decodeBatch(0, size);
  return pace(`batches of ${size}, decoding ahead`, size, async (start) => {
    const batch = await ahead;
    ahead = decodeBatch(start + size, size);
    await infer(batch);
  });
}

function alternating(size: number): Promise<Pace> {
  return pace(`batches of ${size}, decoding and inference in turn`, size, async (start) =>
    infer(await decodeBatch(start, size)),
  );
}

function best(paces: Pace[]): Pace {
  return paces.reduce((a, b) => (b.cropsPerSecond > a.cropsPerSecond ? b : a));
}

async function oneAtATime(): Promise<number> {
  const durations: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  for (let index = 0; performance.now() < endMs; index++) {
    const startMs = performance.now();
    await infer(new Uint8Array(await decode(index)));
    durations.push(performance.now() - startMs);
  }
  return percentile(durations, 50);
}

const probabilities: number[][] = [];
for (const index of jpegs.keys()) {
  const logits = await infer(await decodeBatch(index, 1));
  probabilities.push([...softmax(logits, manifest.calibration.temperature)]);
}

const withoutDecoding: Pace[] = [];
for (const size of BATCH_SIZES) {
  const batch = await decodeBatch(0, size);
  withoutDecoding.push(await pace(`batches of ${size}`, size, () => infer(batch)));
}
const withDecoding: Pace[] = [];
for (const size of [8, 16]) withDecoding.push(await decodingAhead(size), await alternating(size));

const figures: RawFigures = {
  engine: 'onnxruntime',
  title: `onnxruntime-node ${version}, ${cores} threads, sharp`,
  withDecoding: best(withDecoding),
  withoutDecoding: best(withoutDecoding),
  oneCropP50Ms: await oneAtATime(),
  probabilities,
};
console.log(JSON.stringify(figures));
