import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Classifier } from '../../src/classify/classifier.js';
import { onnxRuntime } from '../../src/engines/onnxruntime/adapter.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { Registry } from '../../src/registry/registry.js';
import { loadSettings } from '../../src/settings/load.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { GeneratedRegistry, WEIGHTS } from '../support/generated-registry.js';
import { meanColourNetwork } from '../support/onnx.js';
import { SESSION_OPTIONS } from '../support/session-options.js';

let registry: GeneratedRegistry;
beforeEach(async () => {
  registry = await GeneratedRegistry.withSmallModel();
});
afterEach(() => registry.dispose());

async function start(maxBatchSize: number): Promise<void> {
  const { defaultVersion: model } = await Registry.open(registry.folder, ['default']);
  const options = { ...loadSettings({}), maxBatchSize };
  const load = () => onnxRuntime.load(model, SESSION_OPTIONS);
  await (await Classifier.start(model, load, options, createMetrics())).close();
}

it('a model that is right for one crop and wrong in batches does not start', async () => {
  const folder = join(registry.folder, 'small/1.0.0');
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const network = meanColourNetwork(manifest.input.width, WEIGHTS, { wrongInBatches: true });
  const sha256 = createHash('sha256').update(network).digest('hex');
  manifest.files['model.onnx'] = { sha256, sizeBytes: network.length };
  writeFileSync(join(folder, 'model.onnx'), network);
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await expect(start(4)).rejects.toThrow(
    /^model small@1\.0\.0 refused: golden output of golden\.png in a batch of 4: [a-z]+ is /,
  );
  // It never runs a batch of more than one then.
  await start(1);
});
