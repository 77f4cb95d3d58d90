import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { softmax } from '../../src/classify/probabilities.js';
import { preprocess } from '../../src/images/preprocess.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { CLASSES, modelsDir, readFixture } from './fixtures.js';
import { meanColourNetwork } from './onnx.js';

const SIDE_PX = 32;
/** Per channel, the weight of each class: any will do, if the classes differ. */
const WEIGHTS = [0.02, -0.01, 0.005].map((scale) => CLASSES.map((_, index) => scale * (index - 3.5)));

/** A registry whose only model is a real network that takes microseconds, for tests of thousands of crops. */
export class SmallModelRegistry {
  private constructor(readonly folder: string) {}

  static async create(): Promise<SmallModelRegistry> {
    const registry = new SmallModelRegistry(mkdtempSync(join(tmpdir(), 'hemoserve-small-')));
    const { name, version } = JSON.parse(readFileSync(join(modelsDir, 'default.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    const original = join(modelsDir, name, version, 'manifest.json');
    const manifest = JSON.parse(readFileSync(original, 'utf8')) as Manifest;
    manifest.name = 'small';
    manifest.version = '1.0.0';
    delete manifest.precisions;
    manifest.input = { ...manifest.input, name: 'crops', width: SIDE_PX, height: SIDE_PX };
    manifest.outputs = { logits: 'logits', features: 'features', featureCount: 3 };
    manifest.onnx = 'model.onnx';
    const image = readFixture('cells/ig.jpg');
    const golden = [{ image: 'golden/ig.jpg', probabilities: await expected(image, manifest) }];
    const files = {
      [manifest.onnx]: meanColourNetwork(SIDE_PX, WEIGHTS),
      [manifest.golden.file]: Buffer.from(JSON.stringify(golden)),
      [`${manifest.savedModel}/saved_model.pb`]: Buffer.from('not read by onnxruntime'),
      'golden/ig.jpg': image,
    };
    manifest.files = {};
    for (const [path, content] of Object.entries(files)) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      manifest.files[path] = { sha256, sizeBytes: content.length };
      registry.#write(`small/1.0.0/${path}`, content);
    }
    registry.#write('small/1.0.0/manifest.json', JSON.stringify(manifest));
    registry.#write('default.json', JSON.stringify({ name: 'small', version: '1.0.0' }));
    return registry;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }
}

/** What the network says of an image, computed here. */
async function expected(image: Buffer, manifest: Manifest): Promise<number[]> {
  const pixels = await preprocess(image, manifest, image.length * 100);
  const means = [0, 1, 2].map((channel) => {
    const values = pixels.filter((_, index) => index % 3 === channel);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  const logits = CLASSES.map((_, index) =>
    means.reduce((sum, mean, channel) => sum + mean * (WEIGHTS[channel]?.[index] ?? 0), 0),
  );
  return [...softmax(Float32Array.from(logits), manifest.calibration.temperature)];
}
