import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Precision } from '../vocabulary/precisions.js';
import { artifactFiles } from './artifacts.js';
import { goldenSchema } from './manifest.js';
import { goldenTolerance } from './precision.js';
import { ModelRefused, type ModelVersion, modelId, readJson } from './registry.js';

/**
 * Checks that every file the manifest names is there with its size and SHA-256.
 *
 * @throws {ModelRefused} naming the first file that is missing or differs.
 */
export async function verifyFiles({ folder, manifest }: ModelVersion): Promise<void> {
  const model = modelId(manifest);
  const listed = Object.keys(manifest.files);
  for (const path of [...artifactFiles(manifest), manifest.golden.file]) {
    if (!listed.includes(path)) throw new ModelRefused(model, `${path}: not among the manifest's files`);
  }
  for (const [path, expected] of Object.entries(manifest.files)) {
    const file = join(folder, path);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) throw new ModelRefused(model, `${path}: missing`);
    if (size !== expected.sizeBytes) {
      throw new ModelRefused(model, `${path}: has ${size} bytes, its manifest says ${expected.sizeBytes}`);
    }
    const actual = await sha256OfFile(file);
    if (actual !== expected.sha256) {
      throw new ModelRefused(model, `${path}: SHA-256 is ${actual}, its manifest says ${expected.sha256}`);
    }
  }
}

/** A golden image, and what the model said of it in float32 when it was exported. */
export interface GoldenImage {
  /** Its path in the version's folder. */
  image: string;
  encoded: Buffer;
  /** By class, in the manifest's order. */
  probabilities: readonly number[];
}

/** @throws {ModelRefused} when the golden file is not as it should be. */
export async function readGolden({ folder, manifest }: ModelVersion): Promise<GoldenImage[]> {
  const golden = await readJson(join(folder, manifest.golden.file), goldenSchema, modelId(manifest));
  return Promise.all(
    golden.map(async (one) => ({ ...one, encoded: await readFile(join(folder, one.image)) })),
  );
}

/**
 * Checks that the loaded model says of a golden image what it said when it was exported, within the tolerance of the
 * precision that it runs in.
 *
 * @param actual its class probabilities.
 * @param where how it ran, for the message.
 * @throws {ModelRefused} naming the image and the first class whose probability differs.
 */
export function checkGolden(
  { manifest }: ModelVersion,
  precision: Precision,
  { image, probabilities }: GoldenImage,
  actual: ArrayLike<number>,
  where = '',
): void {
  manifest.classes.forEach((name, index) => {
    const expected = probabilities[index] ?? Number.NaN;
    const tolerance = goldenTolerance(manifest, precision, expected);
    const difference = Math.abs((actual[index] ?? Number.NaN) - expected);
    if (difference <= tolerance) return;
    throw new ModelRefused(
      modelId(manifest),
      `golden output of ${image}${where}: ${name} is ${actual[index]}, expected ${expected} (tolerance ${tolerance})`,
    );
  });
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
