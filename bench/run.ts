import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineDescription } from '../src/engines/engine.js';
import { servedPrecisions } from '../src/registry/precision.js';
import { loadSettings } from '../src/settings/load.js';
import type { Arguments } from './arguments.js';
import type { Contender } from './harness/contender.js';
import { loadCrops } from './harness/crops.js';
import type { Reference } from './harness/figures.js';
import { Measurement } from './harness/measure.js';
import { type Model, readModel } from './harness/model.js';
import { originOf } from './harness/origin.js';
import { Server } from './harness/server.js';
import { CONTENDERS } from './peers/index.js';
import { machineFigures, rawOnnxruntime, rawOpenvino } from './raw/raw.js';
import type { ContenderResult, Results } from './report/results.js';

/** Engines compute in float32, bfloat16 or int8; a peer that decoded or resized otherwise would differ by more. */
const TOLERANCE = 0.05;
const RAW_SECONDS = 3;
/** An overloaded queue must fill and then stay full. */
const OVERLOAD_SECONDS = 15;
const OVERLOAD = 4;

/** Measures the engines, then each service in turn; one that fails stays in the results with its reason. */
export async function runBenchmark(options: Arguments): Promise<Results> {
  const model = readModel(options.model);
  mkdirSync(options.out, { recursive: true });
  const crops = await loadCrops(model.manifest.classes);

  say('the machine and the engines in a loop');
  const { raw, probabilities } = withCropFiles(crops.jpegs, (folder) => {
    const { probabilities = [], ...onnxruntime } = rawOnnxruntime(model, folder, RAW_SECONDS);
    const openvino = servedPrecisions(model.manifest, 'openvino').map((precision) =>
      rawOpenvino(model, precision, folder, RAW_SECONDS),
    );
    return { raw: [onnxruntime, ...openvino.filter((figures) => figures !== undefined)], probabilities };
  });
  const origin = originOf(model, crops.source);
  const results: Results = {
    ...origin,
    machine: { ...origin.machine, ...machineFigures(model) },
    seconds: options.seconds,
    tolerance: TOLERANCE,
    maxImagesInFlight: loadSettings({}).maxImagesInFlight,
    raw,
    contenders: [],
  };
  const reference = { classes: model.manifest.classes, probabilities, tolerance: TOLERANCE };
  for (const contender of CONTENDERS.filter(({ name }) => options.peers.includes(name))) {
    say(contender.title);
    results.contenders.push(await measure(contender, model, reference, crops.jpegs, options));
  }
  return results;
}

async function measure(
  contender: Contender,
  model: Model,
  reference: Reference,
  jpegs: Buffer[],
  { clients, seconds, out }: Arguments,
): Promise<ContenderResult> {
  const { name, title, settings } = contender;
  const result: ContenderResult = { name, title, settings, loads: [] };
  const missing = contender.missing();
  if (missing !== undefined) return { ...result, missing };
  try {
    const server = await Server.start(contender, model, out);
    const measurement = new Measurement(contender, server, reference, jpegs);
    try {
      result.readySeconds = server.readySeconds;
      for (const count of clients) {
        result.loads.push({ clients: count, ...(await measurement.closed(count, seconds)) });
      }
      if (name === 'hemoserve') {
        const peak = Math.max(...result.loads.map(({ cropsPerSecond }) => cropsPerSecond));
        result.overload = await measurement.overload(Math.round(peak * OVERLOAD), OVERLOAD_SECONDS);
        const engine = await servedEngine(server.url);
        result.engine = `${engine.name} ${engine.precision}`;
        result.settings = `defaults: ${engine.name} ${engine.version} ${engine.precision}, ${engine.threads} threads, batches up to ${loadSettings({}).maxBatchSize}`;
      }
    } finally {
      measurement.dispose();
      await server.stop();
    }
  } catch (error) {
    result.missing = (error as Error).message;
  }
  return result;
}

/** What our service says that runs the model. */
async function servedEngine(url: string): Promise<EngineDescription> {
  const response = await fetch(`${url}/v1/models`);
  const { models } = (await response.json()) as { models: { engine?: EngineDescription }[] };
  const engine = models.map((model) => model.engine).find((candidate) => candidate !== undefined);
  if (!engine) throw new Error('the service names no engine');
  return engine;
}

function withCropFiles<T>(jpegs: Buffer[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-bench-crops-'));
  try {
    jpegs.forEach((jpeg, index) => {
      writeFileSync(join(folder, `${String(index).padStart(6, '0')}.jpg`), jpeg);
    });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function say(what: string): void {
  console.error(`${new Date().toTimeString().slice(0, 8)}  ${what}`);
}
