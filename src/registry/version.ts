import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Manifest, manifestSchema } from './manifest.js';

/** One version of a model: its folder and its manifest. */
export interface ModelVersion {
  folder: string;
  manifest: Manifest;
}

/** A model that may not be served, and why. */
export class ModelRefused extends Error {
  constructor(
    /** `name@version` or less, as it was asked for. */
    readonly model: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`model ${model} refused: ${reason}`, options);
    this.name = 'ModelRefused';
  }
}

/** `name@version`, as in HEMOSERVE_MODELS. */
export function modelId({ name, version }: { name: string; version: string }): string {
  return `${name}@${version}`;
}

/**
 * Reads and checks a JSON file of the registry.
 *
 * @param name of the file in the reason.
 * @throws {ModelRefused} for `model` when the file is missing, no JSON, or does not fit the schema.
 */
export async function readJson<T>(
  file: string,
  schema: z.ZodType<T>,
  model: string,
  name = file,
): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error as Error);
    throw new ModelRefused(model, `${name}: ${reason}`, { cause: error });
  }
}

/** The words for an error; without the path that Node's messages repeat: clients see the reasons too. */
export function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'missing';
  return code ? `cannot be read (${code})` : message;
}

/**
 * Reads a version's folder.
 *
 * @throws {ModelRefused} when its manifest is missing, wrong or another version's.
 */
export async function readVersion(folder: string, name: string, version: string): Promise<ModelVersion> {
  const expected = modelId({ name, version });
  const manifest = await readJson(join(folder, 'manifest.json'), manifestSchema, expected, 'manifest.json');
  if (modelId(manifest) !== expected) {
    throw new ModelRefused(expected, `its manifest is that of ${modelId(manifest)}`);
  }
  return { folder, manifest };
}
