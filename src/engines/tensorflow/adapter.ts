import type { Engine } from '../engine.js';
import { TensorFlowSession } from './session.js';
import { startProcess } from './start-process.js';

/** tfjs-node; the child process looks the library up. */
export const tensorFlow: Engine = {
  name: 'tensorflow',
  version: 'unknown',
  precisions: ['float32'],
  devices: ['cpu', 'gpu'],
  async load(model, options) {
    const session = new TensorFlowSession(model, options, await startProcess(model, options, []));
    if (options.device === 'auto' && session.description.device === 'cpu') {
      options.log.info('no GPU for the model; it runs on the CPU');
    }
    return session;
  },
};
