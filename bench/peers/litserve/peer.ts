import { MAX_BATCH_SIZE } from '../../harness/contender.js';
import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { multipart } from '../requests.js';

export const peer = pythonPeer({
  name: 'litserve',
  title: 'LitServe',
  settings: `1 worker, onnxruntime threads ${cores}, max_batch_size ${MAX_BATCH_SIZE}, batch_timeout 5 ms`,
  readyPath: '/health',
  request: (jpeg) => multipart('/classify', 'image', jpeg),
  probabilities: (answer) => (answer as { probabilities: number[] }).probabilities,
});
