/** Fastify and tfjs-node: the handler calls predict, as tfjs-node's examples do, and so blocks the event loop. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import sharp from 'sharp';
import { softmax } from '../../../src/classify/probabilities.js';
import { readJson } from '../../harness/model.js';

// tfjs-node needs it; Node 23 has dropped it.
Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null });
const tensorflow = new URL('../../../runtimes/tensorflow/package.json', import.meta.url);
const tf = createRequire(tensorflow)('@tensorflow/tfjs-node');

const folder = process.env.BENCH_MODEL_DIR ?? '';
const { input, preprocessing, outputs, savedModel, calibration } = readJson(join(folder, 'manifest.json'));
const model = await tf.node.loadSavedModel(join(folder, savedModel), ['serve'], 'serving_default');

const app = Fastify();
await app.register(multipart);
app.get('/ready', async () => ({}));
app.post('/classify', async (request) => {
  const file = await request.file();
  if (!file) throw new Error('no file');
  const pixels = await sharp(await file.toBuffer())
    .resize(input.width, input.height, { ...preprocessing, fastShrinkOnLoad: false })
    .toColourspace(preprocessing.colorSpace)
    .raw()
    .toBuffer();
  const logits = tf.tidy(() => {
    const crops = tf.tensor4d(
      new Uint8Array(pixels),
      [1, input.height, input.width, input.channels],
      'int32',
    );
    return model.predict({ [input.name]: crops })[outputs.logits].dataSync();
  });
  return { probabilities: [...softmax(logits, calibration.temperature)] };
});
await app.listen({ port: Number(process.env.BENCH_PORT), host: '127.0.0.1' });
