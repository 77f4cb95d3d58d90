import { join } from 'node:path';
import { ServiceError } from '../errors/problem.js';
import { byNumber, readVersions, type SkippedFolder } from './folders.js';
import { defaultSchema } from './manifest.js';
import { ModelRefused, type ModelVersion, modelId, readJson } from './version.js';

export { ModelRefused, type ModelVersion, modelId, readJson } from './version.js';

/** The versions in a registry folder, `NAME/VERSION/manifest.json` each, and which one is the default. */
export class Registry {
  private constructor(
    readonly versions: readonly ModelVersion[],
    /** What nobody selects, such as a version that is still being copied, keeps no other one from being served. */
    readonly skipped: readonly SkippedFolder[],
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
   * @param served what is served now, as `name@version`: a `name` is no older version because that one was damaged.
   * @throws {ModelRefused} when a selected version is missing or its manifest wrong.
   */
  static async open(
    folder: string,
    selection: readonly string[],
    served: readonly string[] = [],
  ): Promise<Registry> {
    const { versions, skipped } = await readVersions(folder);
    const selected = new Set<ModelVersion>();
    for (const entry of selection) {
      const wanted =
        entry === 'default'
          ? modelId(await readJson(join(folder, 'default.json'), defaultSchema, 'default'))
          : entry;
      const version = versions.findLast(({ manifest }) => isOf(modelId(manifest), wanted));
      const refusals = skipped.map(({ refusal }) => refusal);
      if (!version) {
        const refusal = refusals.findLast(({ model }) => isOf(model, wanted) || isOf(wanted, model));
        throw refusal ?? new ModelRefused(wanted, `not in the registry ${folder}`);
      }
      const damaged = refusals
        .filter(({ model }) => served.includes(model) && isOf(model, wanted))
        .find(({ model }) => byNumber(model, modelId(version.manifest)) > 0);
      if (damaged) throw damaged;
      selected.add(version);
    }
    const [defaultVersion] = selected;
    if (!defaultVersion) throw new Error('no model is selected');
    return new Registry(versions, skipped, defaultVersion, [...selected]);
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

/** Whether a version is the one that is wanted, by `name@version` or by `name`. */
function isOf(id: string, wanted: string): boolean {
  return id === wanted || id.startsWith(`${wanted}@`);
}
