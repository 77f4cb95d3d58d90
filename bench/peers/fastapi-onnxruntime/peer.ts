import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { multipart } from '../requests.js';

export const peer = pythonPeer({
  name: 'fastapi-onnxruntime',
  title: 'FastAPI + onnxruntime',
  settings: `${cores} processes, 1 onnxruntime thread each, no batches`,
  readyPath: '/ready',
  request: (jpeg) => multipart('/classify', 'image', jpeg),
  probabilities: (answer) => (answer as { probabilities: number[] }).probabilities,
});
