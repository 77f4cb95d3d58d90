import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../../harness/contender.js';
import { cores } from '../../harness/machine.js';
import { root } from '../../harness/paths.js';
import { pythonEnvironment } from '../../harness/python.js';
import { multipart } from '../requests.js';

const binding = join(
  root,
  'runtimes/tensorflow/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node',
);

export const peer: Contender = {
  name: 'fastify-tfjs',
  title: 'Fastify + tfjs-node, predict in the handler',
  settings: `1 process, TensorFlow threads ${cores}, no batches`,
  missing: () => (existsSync(binding) ? undefined : 'needs `npm run tensorflow:setup`'),
  command: (model, port) => ({
    file: process.execPath,
    args: ['--import', './scripts/typescript.mjs', 'bench/peers/fastify-tfjs/server.ts'],
    cwd: root,
    env: pythonEnvironment(model, port),
  }),
  readyPath: '/ready',
  request: (jpeg) => multipart('/classify', 'image', jpeg),
  probabilities: (answer) => (answer as { probabilities: number[] }).probabilities,
};
