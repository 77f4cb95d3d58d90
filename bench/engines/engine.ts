/**
 * An engine alone, through its adapter, in a bare loop: crops per second at some batch sizes, as a Markdown table.
 *
 *     npm run bench:engine -- --engine tensorflow --device gpu --sizes 1,8,32,64 --seconds 5
 *
 * The model, its folder and the threads come from the service's settings.
 */
import { parseArgs } from 'node:util';
import { listCandidates } from '../../src/engines/choose/candidates.js';
import { blankBatch } from '../../src/engines/engine.js';
import { modelId, Registry } from '../../src/registry/registry.js';
import { loadSettings, SettingsError } from '../../src/settings/load.js';

const WARM_UP_RUNS = 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'onnxruntime' },
      device: { type: 'string', default: 'cpu' },
      sizes: { type: 'string', default: '1,8,32,64' },
      seconds: { type: 'string', default: '5' },
    },
  });
  const { engine: HEMOSERVE_ENGINE, device: HEMOSERVE_DEVICE } = values;
  const settings = loadSettings({ ...process.env, HEMOSERVE_ENGINE, HEMOSERVE_DEVICE });
  const { defaultVersion: model } = await Registry.open(settings.modelsDir, settings.models);
  const [candidate] = await listCandidates(model.manifest, settings, console);
  if (!candidate) throw new Error('no engine');
  const session = await candidate.load(model, {
    threads: settings.engineThreads,
    device: settings.device,
    log: console,
  });
  try {
    const { name, version, device, threads } = session.description;
    console.log(`${modelId(model.manifest)} on ${name} ${version}, ${device}, ${threads} threads\n`);
    console.log('| Batch | Batches | ms per batch, median | Crops/s |\n| --- | --- | --- | --- |');
    for (const size of values.sizes.split(',').map(Number)) {
      const durationsMs = await measure(Number(values.seconds), () =>
        session.run(blankBatch(model.manifest, size)),
      );
      const totalMs = durationsMs.reduce((sum, durationMs) => sum + durationMs, 0);
      const medianMs = durationsMs.sort((a, b) => a - b)[Math.floor(durationsMs.length / 2)] ?? Number.NaN;
      const cropsPerS = (1000 * size * durationsMs.length) / totalMs;
      console.log(`| ${size} | ${durationsMs.length} | ${medianMs.toFixed(1)} | ${cropsPerS.toFixed(1)} |`);
    }
  } finally {
    await session.close();
  }
}

/** Durations of runs, one after the other, for so long. */
async function measure(seconds: number, run: () => Promise<unknown>): Promise<number[]> {
  for (let warmUp = 0; warmUp < WARM_UP_RUNS; warmUp++) await run();
  const durationsMs: number[] = [];
  const endMs = performance.now() + 1000 * seconds;
  for (let startMs = performance.now(); startMs < endMs; startMs = performance.now()) {
    await run();
    durationsMs.push(performance.now() - startMs);
  }
  return durationsMs;
}

main().catch((error: Error) => {
  console.error(error instanceof SettingsError ? error.message : error.stack);
  process.exitCode = 1;
});
