import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NoveltyScorer } from '../trust/novelty.js';
import { MEASURES } from '../vocabulary/measures.js';
import { type TrustData, trustDataSchema } from './trust-data.js';
import { ModelRefused, type ModelVersion, modelId, readJson, reasonOf } from './version.js';

/** An array of float32, row by row. */
export interface TrustArray {
  shape: readonly number[];
  values: Float32Array;
}

/** A version's trust data with the arrays of its novelty score, by name. */
export interface ModelTrust extends TrustData {
  arrays: Partial<Record<string, TrustArray>>;
}

/**
 * Reads what a version's answers are judged against.
 *
 * @returns undefined where its manifest names none.
 * @throws {ModelRefused} where a file is missing, or does not fit the manifest.
 */
export async function readTrust({ folder, manifest }: ModelVersion): Promise<ModelTrust | undefined> {
  if (!manifest.trust) return undefined;
  const model = modelId(manifest);
  const { file } = manifest.trust;
  const data = await readJson(join(folder, file), trustDataSchema, model, file);
  const refuse = (reason: string): never => {
    throw new ModelRefused(model, `${file}: ${reason}`);
  };
  for (const path of [file, ...(data.novelty ? [data.novelty.file] : [])]) {
    if (!manifest.files[path]) refuse(`${path} is not among the manifest's files`);
  }
  for (const name of manifest.classes) {
    if (!data.conformal.scores[name]) refuse(`no conformal scores of ${name}`);
  }
  const { grid } = data;
  if (grid[0] !== 0 || grid.at(-1) !== 1 || !rises(grid)) refuse('grid does not rise from 0 to 1');
  for (const [name, values] of distributions(data)) {
    if (values.length !== grid.length)
      refuse(`${name} has ${values.length} quantiles, the grid ${grid.length}`);
    if (!rises(values)) refuse(`the quantiles of ${name} fall`);
  }
  for (const [name, scores] of Object.entries(data.conformal.scores)) {
    if (!rises(scores)) refuse(`the conformal scores of ${name} fall`);
  }
  const arrays = await readArrays(folder, model, data.novelty);
  if (data.novelty) {
    try {
      new NoveltyScorer({ ...data.novelty, arrays }, manifest.outputs.featureCount, MEASURES.length);
    } catch (error) {
      refuse((error as Error).message);
    }
  }
  return { ...data, arrays };
}

/** All distributions that are given by quantiles, with where they are. */
function distributions({ novelty, measures, drift }: TrustData): [string, readonly number[]][] {
  const named = (prefix: string, values: Partial<Record<string, number[]>>) =>
    Object.entries(values).map(([name, one]): [string, readonly number[]] => [
      `${prefix}.${name}`,
      one ?? [],
    ]);
  return [
    ...named('novelty', novelty?.quantiles ?? {}),
    ...named('measures', measures),
    ...Object.entries(drift).flatMap(([className, reference]) => [
      ...named(`drift.${className}`, { probability: reference.probability }),
      ...named(`drift.${className}.novelty`, reference.novelty ?? {}),
      ...named(`drift.${className}.measures`, reference.measures),
    ]),
  ];
}

function rises(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? value));
}

async function readArrays(
  folder: string,
  model: string,
  novelty: TrustData['novelty'],
): Promise<ModelTrust['arrays']> {
  if (!novelty) return {};
  const bytes = await readFile(join(folder, novelty.file)).catch((error: Error) => {
    throw new ModelRefused(model, `${novelty.file}: ${reasonOf(error)}`, { cause: error });
  });
  const lengths = novelty.arrays.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  const expected = 4 * lengths.reduce((sum, length) => sum + length, 0);
  if (bytes.length !== expected) {
    throw new ModelRefused(model, `${novelty.file}: has ${bytes.length} bytes, its arrays have ${expected}`);
  }
  let at = 0;
  return Object.fromEntries(
    novelty.arrays.map(({ name, shape }, index) => {
      const end = at + 4 * (lengths[index] ?? 0);
      // Copied, since a Buffer may begin anywhere. All our platforms are little-endian.
      const values = new Float32Array(new Uint8Array(bytes.subarray(at, end)).buffer);
      at = end;
      return [name, { shape, values }];
    }),
  );
}
