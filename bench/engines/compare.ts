/**
 * The engines alone, through their adapters, in a bare loop: crops per second of every installed engine in every
 * precision that the model's manifest lists, with batches on the whole engine and, where it has parts (OpenVINO's
 * throughput mode), with one on each. They take turns, so that their ratios hold on a busy machine too.
 *
 *     npm run bench:compare-engines -- --sizes 1,8,16,32 --rounds 10
 *
 * The model, its folder and the threads come from the service's settings.
 */
import { parseArgs } from 'node:util';
import { listCandidates } from '../../src/engines/choose/candidates.js';
import { blankBatch, type Session, type Share } from '../../src/engines/engine.js';
import { knownPrecisions } from '../../src/registry/precision.js';
import { modelId, Registry } from '../../src/registry/registry.js';
import { loadSettings } from '../../src/settings/load.js';
import { percentile } from '../harness/figures.js';

/** A session of an engine in a precision, and how batches are given to it. */
interface Way {
  name: string;
  session: Session;
  share: Share;
  /** Batches at a time. */
  batches: number;
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
  const ways: Way[] = [];
  const options = { threads: settings.engineThreads, device: settings.device, log: console };
  for (const candidate of candidates) {
    const name = `${candidate.engine} ${candidate.version} ${candidate.precision}`;
    let session: Session;
    try {
      session = await candidate.load(model, options);
    } catch (error) {
      // Such as bfloat16 on a processor without it.
      console.error(`passed over: ${name}: ${(error as Error).message}`);
      continue;
    }
    const { concurrency } = session;
    ways.push({ name, session, share: 'whole', batches: 1 });
    if (concurrency === 1) continue;
    ways.push({ name: `${name}, ${concurrency} parts`, session, share: 'part', batches: concurrency });
  }
  try {
    console.log(
      `${modelId(model.manifest)}, ${settings.engineThreads} threads, crops/s (median of ${values.rounds})\n`,
    );
    console.log(`| Batch | ${ways.map(({ name }) => name).join(' | ')} |`);
    console.log(`| --- |${' --- |'.repeat(ways.length)}`);
    for (const size of sizes) {
      const cropsPerS = ways.map((): number[] => []);
      // The first round is the warm-up.
      for (let round = 0; round <= Number(values.rounds); round++) {
        for (const [index, { session, share, batches }] of ways.entries()) {
          const pixels = Array.from({ length: batches }, () => blankBatch(model.manifest, size));
          const startMs = performance.now();
          await Promise.all(pixels.map((batch) => session.run(batch, share)));
          const durationS = (performance.now() - startMs) / 1000;
          if (round > 0) cropsPerS[index]?.push((batches * size) / durationS);
        }
      }
      console.log(
        `| ${size} | ${cropsPerS.map((figures) => percentile(figures, 50).toFixed(1)).join(' | ')} |`,
      );
    }
  } finally {
    await Promise.all(ways.map(({ session }) => session.close()));
  }
}

await main();
