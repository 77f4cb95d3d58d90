import { setTimeout } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Classifier } from '../classify/classifier.js';
import type { ServedModel } from './leases.js';
import { returnMemory } from './return-memory.js';

/** How long no crop must have been in work before the engines are measured: clients often send one after the other. */
const IDLE_MS = 5_000;
const LOOK_AGAIN_MS = 200;

export interface ImprovementOptions {
  /** Of all that is served: nobody's crops shall wait for a measurement. */
  classifiers: () => readonly Classifier[];
  /** Of all that is in memory. */
  memoryMiB: () => number;
  budgetMiB: number;
  log: FastifyBaseLogger;
  stop: AbortSignal;
}

/**
 * Finds a way to run a model that is clearly faster, which loads it a second time, while nobody sends crops.
 *
 * @returns the model started in that way. Undefined where there is none, where both do not fit into the memory budget,
 *   or when the service stops.
 */
export async function improveWhenIdle(
  model: ServedModel,
  { classifiers, memoryMiB, budgetMiB, log, stop }: ImprovementOptions,
): Promise<Classifier | undefined> {
  const idle = async () => {
    while (Math.min(...classifiers().map(({ idleMs }) => idleMs)) < IDLE_MS) {
      await setTimeout(LOOK_AGAIN_MS, undefined, { signal: stop });
    }
    stop.throwIfAborted();
  };
  if (!model.improve) return undefined;
  if (memoryMiB() + model.memoryMiB > budgetMiB) {
    log.info('the engines are not measured: the memory budget has no room for a second one');
    return undefined;
  }
  try {
    return await model.improve(idle);
  } catch (error) {
    if (!stop.aborted) log.warn(error, 'the engines were not measured');
    return undefined;
  } finally {
    await returnMemory();
  }
}
