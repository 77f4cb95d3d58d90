/**
 * The engines alone, through their adapters, in a bare loop: crops per second of every installed engine in every
 * precision that the model's manifest lists, and of two OpenVINO networks with half of the threads each, which show
 * what several requests in flight would bring. They take turns, so that their ratios hold on a busy machine too.
 *
 *     npm run bench:openvino -- --sizes 1,8,16,32 --rounds 10
 *
 * The model, its folder and the threads come from the service's settings.
 */
import { parseArgs } from 'node:util';
import { type Candidate, listCandidates } from '../src/engines/candidates.js';
import { blankBatch, type InferenceEngine } from '../src/engines/engine.js';
import { knownPrecisions } from '../src/registry/precision.js';
import { label, type ModelVersion, Registry } from '../src/registry/registry.js';
import { loadSettings } from '../src/settings/load.js';

/** Engines that share the cores, each with a batch of its own. */
interface Contender {
  name: string;
  engines: InferenceEngine[];
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { sizes: { ...text, default: '1,8,16,32' }, rounds: { ...text, default: '10' } },
  });
  const sizes = values.sizes.split(',').map(Number);
  const settings = loadSettings(process.env);
  const { defaultVersion: model } = await Registry.open(settings.modelsDir, settings.models);
  const candidates = await listCandidates(model.manifest, settings, console, knownPrecisions);
  const contenders: Contender[] = [];
  for (const candidate of candidates) {
    contenders.push(await contender(model, candidate, [settings.engineThreads]));
    const halves = [Math.ceil(settings.engineThreads / 2), Math.floor(settings.engineThreads / 2)];
    if (candidate.engine.name !== 'openvino' || settings.engineThreads < 2) continue;
    contenders.push(await contender(model, candidate, halves));
  }
  try {
    console.log(
      `${label(model.manifest)}, ${settings.engineThreads} threads, crops/s (median of ${values.rounds})\n`,
    );
    console.log(`| Batch | ${contenders.map(({ name }) => name).join(' | ')} |`);
    console.log(`| --- |${' --- |'.repeat(contenders.length)}`);
    for (const size of sizes) {
      const cropsPerS = contenders.map((): number[] => []);
      // The first round is the warm-up.
      for (let round = 0; round <= Number(values.rounds); round++) {
        for (const [index, { engines }] of contenders.entries()) {
          const startMs = performance.now();
          await Promise.all(engines.map((engine) => engine.run(blankBatch(model.manifest, size))));
          const durationS = (performance.now() - startMs) / 1000;
          if (round > 0) cropsPerS[index]?.push((engines.length * size) / durationS);
        }
      }
      console.log(`| ${size} | ${cropsPerS.map((figures) => median(figures).toFixed(1)).join(' | ')} |`);
    }
  } finally {
    await Promise.all(contenders.flatMap(({ engines }) => engines.map((engine) => engine.close())));
  }
}

/** One engine for each number of threads. */
async function contender(
  model: ModelVersion,
  { engine, precision }: Candidate,
  threads: number[],
): Promise<Contender> {
  const engines = threads.map((count) =>
    engine.create({ threads: count, device: 'cpu', precision, log: console }),
  );
  for (const one of engines) await one.load(model);
  const name = `${engine.name} ${engine.version} ${precision}`;
  return { name: engines.length > 1 ? `${name}, ${engines.length} networks` : name, engines };
}

function median(figures: number[]): number {
  return figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

await main();
