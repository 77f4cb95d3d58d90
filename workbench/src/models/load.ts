import { api, taken } from '../api/client.ts';
import type { Adaptation, Evaluation, Manifest, Model } from '../api/types.ts';

export type VersionName = Pick<Model, 'name' | 'version'>;

export interface VersionFacts {
  manifest: Manifest;
  evaluation: Evaluation | undefined;
  adaptation: Adaptation | undefined;
}

export async function loadModels(): Promise<Model[]> {
  return (await taken(api.GET('/v1/models'))).models;
}

/** All that there is to say of a version. */
export async function loadVersion({ name, version }: VersionName): Promise<VersionFacts> {
  const params = { path: { name, version } };
  const [manifest, figures] = await Promise.all([
    taken(api.GET('/v1/models/{name}/versions/{version}', { params })),
    taken(api.GET('/v1/models/{name}/versions/{version}/figures', { params })),
  ]);
  return { manifest: manifest as Manifest, evaluation: figures.evaluation, adaptation: figures.adaptation };
}
