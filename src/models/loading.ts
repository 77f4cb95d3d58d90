import type { ModelVersion } from '../registry/registry.js';
import { checkBudget, memoryOfAlike, residentMiB } from './budget.js';
import { ServedModel, type StartedModel } from './leases.js';
import { returnMemory } from './return-memory.js';

/**
 * Starts a version and measures its memory, in MiB.
 *
 * @param loaded those that are in memory beside it.
 * @throws {ModelRefused} when it does not start, or does not fit into the budget beside the others.
 */
export async function startWithin(
  budgetMiB: number,
  model: ModelVersion,
  loaded: readonly ServedModel[],
  start: (model: ModelVersion) => Promise<StartedModel>,
): Promise<ServedModel> {
  const knownMiB = memoryOfAlike(model, loaded);
  if (knownMiB !== undefined) checkBudget(model, knownMiB, loaded, budgetMiB);
  const beforeMiB = await residentMiB();
  const { started: classifier, improve } = await start(model);
  await returnMemory();
  // At least 1: memory that is freed meanwhile hides some of it, but a budget must count every model.
  const memoryMiB = knownMiB ?? Math.max(1, (await residentMiB()) - beforeMiB);
  try {
    checkBudget(model, memoryMiB, loaded, budgetMiB);
  } catch (error) {
    await classifier.close();
    throw error;
  }
  return new ServedModel(classifier, memoryMiB, improve);
}
