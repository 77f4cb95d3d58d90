import type { ModelVersion } from '../registry/registry.js';
import type { ServedModel } from './leases.js';

/** What is served after an exchange, and how it differs from before. */
export interface Exchange {
  /** In the settings' order, the default first. */
  served: readonly ServedModel[];
  started: readonly ServedModel[];
  retired: readonly ServedModel[];
}

/**
 * Starts the selected versions that are not served yet, beside those that are; a version that is served is kept.
 *
 * @param start is told which ones this exchange has started before.
 * @throws what `start` throws; all that was started is closed then.
 */
export async function exchange(
  selected: readonly ModelVersion[],
  before: readonly ServedModel[],
  start: (model: ModelVersion, started: readonly ServedModel[]) => Promise<ServedModel>,
): Promise<Exchange> {
  const served: ServedModel[] = [];
  const started: ServedModel[] = [];
  try {
    for (const model of selected) {
      const kept = before.find((candidate) => candidate.serves(model));
      const one = kept ?? (await start(model, started));
      if (!kept) started.push(one);
      served.push(one);
    }
  } catch (error) {
    await Promise.all(started.map((model) => model.retire()));
    throw error;
  }
  return { served, started, retired: before.filter((model) => !served.includes(model)) };
}
