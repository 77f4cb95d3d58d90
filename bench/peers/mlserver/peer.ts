import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_BATCH_SIZE } from '../../harness/contender.js';
import { cores } from '../../harness/machine.js';
import { pythonPeer } from '../python.js';
import { json } from '../requests.js';

export const peer = pythonPeer({
  name: 'mlserver',
  title: 'MLServer',
  settings: `parallel_workers 1, onnxruntime threads ${cores}, adaptive batches: max_batch_size ${MAX_BATCH_SIZE}, max_batch_time 5 ms`,
  program: () => ['mlserver', 'start', '.'],
  env: (port) => ({
    MLSERVER_HOST: '127.0.0.1',
    MLSERVER_HTTP_PORT: String(port),
    MLSERVER_GRPC_PORT: String(port + 1),
    MLSERVER_METRICS_PORT: String(port + 2),
    MLSERVER_METRICS_DIR: join(tmpdir(), 'hemoserve-bench-mlserver'),
    MLSERVER_PARALLEL_WORKERS: '1',
    MLSERVER_DEBUG: 'false',
  }),
  readyPath: '/v2/models/classifier/ready',
  request: (jpeg) =>
    json('/v2/models/classifier/infer', {
      inputs: [
        {
          name: 'image',
          datatype: 'BYTES',
          shape: [1],
          parameters: { content_type: 'base64' },
          data: [jpeg.toString('base64')],
        },
      ],
    }),
  probabilities: (answer) => (answer as { outputs: [{ data: number[] }] }).outputs[0].data,
});
