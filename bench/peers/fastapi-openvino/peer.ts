import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { multipart } from '../requests.js';

export const peer = pythonPeer({
  name: 'fastapi-openvino',
  title: 'FastAPI + OpenVINO',
  settings: `1 process, PERFORMANCE_HINT THROUGHPUT, ${cores} threads, its own number of infer requests`,
  readyPath: '/ready',
  request: (jpeg) => multipart('/classify', 'image', jpeg),
  probabilities: (answer) => (answer as { probabilities: number[] }).probabilities,
});
