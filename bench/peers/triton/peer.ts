import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_BATCH_SIZE } from '../../harness/contender.js';
import { cores } from '../../harness/machine.js';
import { peerEnvironment } from '../../harness/paths.js';
import { pythonPeer } from '../python.js';

export const peer = pythonPeer({
  name: 'triton',
  title: 'NVIDIA Triton (PyTriton)',
  settings: `1 instance, onnxruntime threads ${cores}, dynamic batches, max_batch_size ${MAX_BATCH_SIZE}`,
  env: () => ({ LD_LIBRARY_PATH: pythonLibraries() }),
  readyPath: '/v2/models/classifier/ready',
  /** KServe's V2 protocol with its binary extension: a JSON header, then each string after its length. */
  request(jpeg) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(jpeg.length);
    const header = Buffer.from(
      JSON.stringify({
        inputs: [
          {
            name: 'image',
            datatype: 'BYTES',
            shape: [1, 1],
            parameters: { binary_data_size: length.length + jpeg.length },
          },
        ],
      }),
    );
    return {
      path: '/v2/models/classifier/infer',
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(header.length),
      },
      body: Buffer.concat([header, length, jpeg]),
    };
  },
  probabilities: (answer) => (answer as { outputs: [{ data: number[] }] }).outputs[0].data,
});

/** Triton's stub must meet the libpython of the environment's own Python, not the system's. */
function pythonLibraries(): string {
  const configuration = readFileSync(join(peerEnvironment('triton'), 'pyvenv.cfg'), 'utf8');
  const [, bin = ''] = configuration.match(/^home = (.*)$/m) ?? [];
  return join(bin, '..', 'lib');
}
