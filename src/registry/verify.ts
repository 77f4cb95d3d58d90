import { webcrypto } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from '../vocabulary/engines.js';
import type { Precision } from '../vocabulary/precisions.js';
import { artifactFiles } from './artifacts.js';
import { goldenSchema, type Manifest } from './manifest.js';
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
  // Side by side, on all cores. Of several faults the first one listed is named.
  const checks = Object.entries(manifest.files).map(([path, expected]) => findFault(folder, path, expected));
  const fault = (await Promise.all(checks)).find((found) => found !== undefined);
  if (fault) throw new ModelRefused(model, fault);
}

/** What is wrong with one file, by its path in the version's folder; undefined where it is as it should be. */
export async function findFault(
  folder: string,
  path: string,
  { sizeBytes, sha256 }: Manifest['files'][string],
): Promise<string | undefined> {
  const file = join(folder, path);
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return `${path}: missing`;
  if (size !== sizeBytes) return `${path}: has ${size} bytes, its manifest says ${sizeBytes}`;
  // Reads and hashes in libuv's threads.
  const digest = await webcrypto.subtle.digest('SHA-256', await readFile(file));
  const actual = Buffer.from(digest).toString('hex');
  if (actual !== sha256) return `${path}: SHA-256 is ${actual}, its manifest says ${sha256}`;
  return undefined;
}

/** A golden image, and what the model said of it in float32 when it was exported. */
export interface GoldenImage {
  /** Its path in the version's folder. */
  image: string;
  encoded: Buffer;
  /** By class, in the manifest's order. */
  probabilities: readonly number[];
  /** The same of the int8 network, by the engine that it was measured with when it was published. */
  int8?: Partial<Record<EngineName, readonly number[]>> | undefined;
}

/** @throws {ModelRefused} when the golden file is not as it should be. */
export async function readGolden({ folder, manifest }: ModelVersion): Promise<GoldenImage[]> {
  const golden = await readJson(join(folder, manifest.golden.file), goldenSchema, modelId(manifest));
  return Promise.all(
    golden.map(async (one) => ({ ...one, encoded: await readFile(join(folder, one.image)) })),
  );
}

/**
 * Checks that the loaded model says of a golden image what it said when it was published, within the tolerance of the
 * precision that it runs in.
 *
 * @param runs the engine and the precision.
 * @param actual its class probabilities.
 * @param where how it ran, for the message.
 * @throws {ModelRefused} naming the image and the first class whose probability differs.
 */
export function checkGolden(
  { manifest }: ModelVersion,
  { name: engine, precision }: { name: string; precision: Precision },
  { image, probabilities, int8 }: GoldenImage,
  actual: ArrayLike<number>,
  where = '',
): void {
  const measured = precision === 'int8' ? int8?.[engine as EngineName] : undefined;
  manifest.classes.forEach((name, index) => {
    const expected = (measured ?? probabilities)[index] ?? Number.NaN;
    const tolerance = goldenTolerance(manifest, precision, expected, measured !== undefined);
    const difference = Math.abs((actual[index] ?? Number.NaN) - expected);
    if (difference <= tolerance) return;
    throw new ModelRefused(
      modelId(manifest),
      `golden output of ${image}${where}: ${name} is ${actual[index]}, expected ${expected} (tolerance ${tolerance})`,
    );
  });
}
