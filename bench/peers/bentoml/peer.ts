import { MAX_BATCH_SIZE } from '../../harness/contender.js';
import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { multipart } from '../requests.js';

export const peer = pythonPeer({
  name: 'bentoml',
  title: 'BentoML',
  settings: `1 worker, onnxruntime threads ${cores}, adaptive batches, max_batch_size ${MAX_BATCH_SIZE}`,
  program: (port) => [
    'bentoml',
    'serve',
    'service:Classifier',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ],
  env: () => ({ BENTOML_DO_NOT_TRACK: 'True' }),
  readyPath: '/readyz',
  request: (jpeg) => multipart('/classify', 'images', jpeg),
  probabilities: (answer) => (answer as [number[]])[0],
});
