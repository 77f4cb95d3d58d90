import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { json } from '../requests.js';

export const peer = pythonPeer({
  name: 'kserve',
  title: "KServe's Python server",
  settings: `${cores} workers, 1 onnxruntime thread each, no batches (its batcher is a part of Kubernetes' sidecar)`,
  readyPath: '/v1/models/classifier',
  request: (jpeg) =>
    json('/v1/models/classifier:predict', { instances: [{ image: { b64: jpeg.toString('base64') } }] }),
  probabilities: (answer) => (answer as { predictions: [number[]] }).predictions[0],
});
