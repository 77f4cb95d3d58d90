import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Classifier } from '../../src/classify/classifier.js';
import { improveWhenIdle } from '../../src/models/improvement.js';
import { ServedModel } from '../../src/models/leases.js';

describe('improveWhenIdle', () => {
  const better = {} as Classifier;
  const options = {
    classifiers: () => [],
    memoryMiB: () => 60,
    budgetMiB: 100,
    log: Fastify().log,
    stop: new AbortController().signal,
  };

  it('measures nothing where both do not fit into the memory budget', async () => {
    const served = (memoryMiB: number) => new ServedModel({} as Classifier, memoryMiB, async () => better);
    expect(await improveWhenIdle(served(40), options)).toBe(better);
    expect(await improveWhenIdle(served(41), options)).toBeUndefined();
  });

  it('goes on with what runs where the measurement fails', async () => {
    const served = new ServedModel({} as Classifier, 1, () => Promise.reject(new Error('no space left')));
    expect(await improveWhenIdle(served, options)).toBeUndefined();
  });
});
