import type { ModelVersion } from '../registry/registry.js';

/** Where a registry comes from that is not in a folder of this machine: `folder` has what is needed of it. */
export interface RegistrySource {
  readonly folder: string;
  /**
   * Brings all manifests up to date.
   *
   * @param served as `name@version`; their files stay.
   * @throws {Error} which says why it cannot be read.
   */
  refresh(served: readonly string[]): Promise<void>;
  /**
   * Brings the files of a version.
   *
   * @throws {ModelRefused} where one is missing or differs from its manifest.
   */
  fetch(model: ModelVersion): Promise<void>;
  close(): void;
}
