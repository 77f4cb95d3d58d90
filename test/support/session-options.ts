import type { SessionOptions } from '../../src/engines/engine.js';

/** Of sessions that tests load themselves. */
export const SESSION_OPTIONS: SessionOptions = {
  threads: 2,
  device: 'cpu',
  precision: 'float32',
  log: console,
};
