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
    readonly defaultVersion: ModelVersion,
  ) {}

  /**
   * Reads all manifests under `folder`.
   *
   * @throws {ModelRefused} when a manifest is wrong, or the default or `preferred` (`name@version`) is missing.
   */
  static async open(folder: string, preferred?: string): Promise<Registry> {
    const versions: ModelVersion[] = [];
    for (const name of await subfolders(folder)) {
      for (const version of await subfolders(join(folder, name))) {
        versions.push(await readVersion(join(folder, name, version), name, version));
      }
    }
    const wanted = preferred ?? label(await readJson(join(folder, 'default.json'), defaultSchema, 'default'));
    const defaultVersion = versions.find(({ manifest }) => label(manifest) === wanted);
    if (!defaultVersion) throw new ModelRefused(wanted, `not in the registry ${folder}`);
    return new Registry(versions, defaultVersion);
  }

  /**
   * Finds a version; without `version` the served one of that name, without both the default.
   *
   * @throws {ServiceError} unknown_model or unknown_version.
   */
  find(name?: string, version?: string): ModelVersion {
    const wantedName = name ?? this.defaultVersion.manifest.name;
    const named = this.versions.filter(({ manifest }) => manifest.name === wantedName);
    if (named.length === 0) throw new ServiceError('unknown_model', `No model is named ${wantedName}.`);
    const found = version
      ? named.find(({ manifest }) => manifest.version === version)
      : (named.find((candidate) => candidate === this.defaultVersion) ?? named.at(-1));
    if (!found) throw new ServiceError('unknown_version', `Model ${wantedName} has no version ${version}.`);
    return found;
  }
}

/** `name@version`, as in HEMOSERVE_MODEL. */
export function label({ name, version }: { name: string; version: string }): string {
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
  const expected = label({ name, version });
  const manifest = await readJson(join(folder, 'manifest.json'), manifestSchema, expected);
  if (label(manifest) !== expected) {
    throw new ModelRefused(expected, `its manifest is that of ${label(manifest)}`);
  }
  return { folder, manifest };
}

/** Names of the folders in a folder; versions sort by number, so that 1.10.0 comes after 1.9.0. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
