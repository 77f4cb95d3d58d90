import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ServiceError } from '../errors/problem.js';
import { defaultSchema, type Manifest, manifestSchema } from './manifest.js';

/** One version of a model: its folder and its manifest. */
export interface ModelVersion {
  folder: string;
  manifest: Manifest;
}

/** A model that may not be served, and why. */
export class ModelRefused extends Error {
  constructor(model: string, reason: string, options?: ErrorOptions) {
    super(`model ${model} refused: ${reason}`, options);
    this.name = 'ModelRefused';
  }
}

/** The versions in a registry folder, `NAME/VERSION/manifest.json` each, and which one is the default. */
export class Registry {
  private constructor(
    readonly versions: readonly ModelVersion[],
    /** Answers requests that name no model. */
    readonly defaultVersion: ModelVersion,
    /** What is to be served, without repetitions; the default version first. */
    readonly selected: readonly ModelVersion[],
  ) {}

  /**
   * Reads all manifests under `folder`.
   *
   * @param selection what is to be served: `name@version`, `name` (its newest) or `default` (what default.json
   * says); the first one is the default version.
   * @throws {ModelRefused} when a manifest is wrong or a selected version is missing.
   */
  static async open(folder: string, selection: readonly string[]): Promise<Registry> {
    const versions: ModelVersion[] = [];
    for (const name of await subfolders(folder)) {
      for (const version of await subfolders(join(folder, name))) {
        versions.push(await readVersion(join(folder, name, version), name, version));
      }
    }
    const selected = new Set<ModelVersion>();
    for (const entry of selection) {
      const wanted =
        entry === 'default'
          ? modelId(await readJson(join(folder, 'default.json'), defaultSchema, 'default'))
          : entry;
      const version = versions.findLast(({ manifest }) =>
        [manifest.name, modelId(manifest)].includes(wanted),
      );
      if (!version) throw new ModelRefused(wanted, `not in the registry ${folder}`);
      selected.add(version);
    }
    const [defaultVersion] = selected;
    if (!defaultVersion) throw new Error('no model is selected');
    return new Registry(versions, defaultVersion, [...selected]);
  }

  /**
   * Finds a version; without `version` the newest one.
   *
   * @throws {ServiceError} unknown_model or unknown_version.
   */
  find(name: string, version?: string): ModelVersion {
    const named = this.versions.filter(({ manifest }) => manifest.name === name);
    if (named.length === 0) throw new ServiceError('unknown_model', `No model is named ${name}.`);
    const found = named.findLast(({ manifest }) => version === undefined || manifest.version === version);
    if (!found) throw new ServiceError('unknown_version', `Model ${name} has no version ${version}.`);
    return found;
  }
}

/** `name@version`, as in HEMOSERVE_MODELS. */
export function modelId({ name, version }: { name: string; version: string }): string {
  return `${name}@${version}`;
}

/**
 * Reads and checks a JSON file of the registry.
 *
 * @throws {ModelRefused} for `model` when the file is missing, no JSON, or does not fit the schema.
 */
export async function readJson<T>(file: string, schema: z.ZodType<T>, model: string): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new ModelRefused(model, `${file}: ${reason}`, { cause: error });
  }
}

async function readVersion(folder: string, name: string, version: string): Promise<ModelVersion> {
  const expected = modelId({ name, version });
  const manifest = await readJson(join(folder, 'manifest.json'), manifestSchema, expected);
  if (modelId(manifest) !== expected) {
    throw new ModelRefused(expected, `its manifest is that of ${modelId(manifest)}`);
  }
  return { folder, manifest };
}

/** Names of the folders in a folder; versions sort by number, so that 1.10.0 comes after 1.9.0. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
