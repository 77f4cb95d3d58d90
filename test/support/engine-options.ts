import type { EngineOptions } from '../../src/engines/engine.js';

/** Of engines that tests make themselves. */
export const ENGINE_OPTIONS: EngineOptions = {
  threads: 2,
  device: 'cpu',
  precision: 'float32',
  log: console,
};
