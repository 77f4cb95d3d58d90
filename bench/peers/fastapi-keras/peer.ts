import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { multipart } from '../requests.js';

export const peer = pythonPeer({
  name: 'fastapi-keras',
  title: 'FastAPI + Keras, TensorFlow SavedModel',
  settings: `1 process, TensorFlow threads ${cores}, no batches`,
  readyPath: '/ready',
  request: (jpeg) => multipart('/classify', 'image', jpeg),
  probabilities: (answer) => (answer as { probabilities: number[] }).probabilities,
});
