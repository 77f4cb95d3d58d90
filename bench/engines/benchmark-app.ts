/**
 * OpenVINO through our adapter beside OpenVINO's own benchmark_app in throughput mode, in turns, on the same network:
 * crops per second, and ours as a part of the app's (the median of the rounds). The app takes every core, as the
 * service does by default. Needs `npm run bench:setup -- fastapi-openvino`, whose environment has the app.
 *
 *     npm run bench:benchmark-app -- --precision int8 --sizes 4,8,16 --rounds 5 --seconds 8
 *
 * The model, its folder and the threads come from the service's settings.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findEngine } from '../../src/engines/choose/installed.js';
import { blankBatch, type Session } from '../../src/engines/engine.js';
import { artifactPath } from '../../src/registry/artifacts.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { type ModelVersion, modelId, Registry } from '../../src/registry/registry.js';
import { loadSettings } from '../../src/settings/load.js';
import { PRECISIONS, type Precision } from '../../src/vocabulary/precisions.js';
import { percentile } from '../harness/figures.js';
import { peerEnvironment } from '../harness/paths.js';

const APP = join(peerEnvironment('fastapi-openvino'), 'bin', 'benchmark_app');

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      precision: { ...text, default: 'int8' },
      sizes: { ...text, default: '4,8,16' },
      rounds: { ...text, default: '5' },
      seconds: { ...text, default: '8' },
    },
  });
  const precision = PRECISIONS.find((name) => name === values.precision);
  if (!precision) throw new Error(`--precision is one of ${PRECISIONS.join(', ')}`);
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  if (!existsSync(APP)) throw new Error('first: npm run bench:setup -- fastapi-openvino');

  const settings = loadSettings(process.env);
  const { engineThreads: threads } = settings;
  const { defaultVersion: model } = await Registry.open(settings.modelsDir, settings.models);
  const engine = await findEngine('openvino', settings);
  if (!engine) throw new Error('first: npm run openvino:setup');
  const session = await engine.load(model, { threads, device: 'cpu', precision, log: console });
  try {
    console.log(
      `${modelId(model.manifest)} ${precision}, ${threads} threads, crops/s (median of ${rounds})\n`,
    );
    console.log(
      '| Batch | OpenVINO benchmark_app | Our adapter | Ours / the app |\n| --- | --- | --- | --- |',
    );
    for (const size of values.sizes.split(',').map(Number)) {
      const app: number[] = [];
      const ours: number[] = [];
      for (let round = 0; round < rounds; round++) {
        app.push(await runApp(model, precision, size, seconds));
        ours.push(await runEngine(session, model.manifest, size, seconds));
      }
      const ratios = ours.map((cropsPerS, round) => cropsPerS / (app[round] ?? Number.NaN));
      const row = [
        percentile(app, 50).toFixed(1),
        percentile(ours, 50).toFixed(1),
        percentile(ratios, 50).toFixed(3),
      ];
      console.log(`| ${size} | ${row.join(' | ')} |`);
    }
  } finally {
    await session.close();
  }
}

/** Crops per second that the app reports for the network with batches of that size; it chooses its streams. */
async function runApp(
  { folder, manifest }: ModelVersion,
  precision: Precision,
  batchSize: number,
  seconds: number,
): Promise<number> {
  const { height, width, channels, name } = manifest.input;
  const { stdout } = await promisify(execFile)(APP, [
    ...['-m', join(folder, artifactPath(manifest, 'openvino', precision)), '-d', 'CPU'],
    ...['-hint', 'throughput', '-t', String(seconds)],
    ...['-infer_precision', precision === 'bfloat16' ? 'bf16' : 'f32'],
    ...['-shape', `${name}[${batchSize},${height},${width},${channels}]`],
  ]);
  const [, cropsPerS] = /Throughput:\s+([\d.]+) FPS/.exec(stdout) ?? [];
  if (!cropsPerS) throw new Error(`benchmark_app tells no throughput:\n${stdout}`);
  return Number(cropsPerS);
}

/** Crops per second with a batch of that size always on each part of the session, and the next one there. */
async function runEngine(
  session: Session,
  manifest: Manifest,
  batchSize: number,
  seconds: number,
): Promise<number> {
  const { concurrency } = session;
  const startMs = performance.now();
  const endMs = startMs + 1000 * seconds;
  let cropCount = 0;
  const keepBusy = async () => {
    // Over and over the same pixels, as the app does; OpenVINO leaves them where they are.
    const batch = blankBatch(manifest, batchSize);
    while (performance.now() < endMs) {
      await session.run(batch, concurrency > 1 ? 'part' : 'whole');
      cropCount += batchSize;
    }
  };
  await Promise.all(Array.from({ length: 2 * concurrency }, keepBusy));
  return (1000 * cropCount) / (performance.now() - startMs);
}

await main();
