import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argmax, softmax } from '../../../src/classify/probabilities.js';
import type { Session } from '../../../src/engines/engine.js';
import { onnxRuntime } from '../../../src/engines/onnxruntime/adapter.js';
import { tensorFlow } from '../../../src/engines/tensorflow/adapter.js';
import { artifactPath } from '../../../src/registry/artifacts.js';
import { type ModelVersion, Registry } from '../../../src/registry/registry.js';
import { modelsDir, root } from '../../support/fixtures.js';
import { concatenated, preprocessedCrops } from '../../support/pixels.js';
import { SESSION_OPTIONS } from '../../support/session-options.js';
import { hasTensorFlow } from '../../support/tensorflow.js';

const CROPS = 200;
/** Of every kind: one, odd, even, more than the service's default. */
const BATCH_SIZES = [1, 2, 3, 5, 8, 13, 21, 34, 55, 58];

const python = join(root, 'training', '.venv', 'bin', 'python');

/** Logits of Python's TensorFlow for raw pixels. */
const SCRIPT = `
import json, sys
import numpy as np
import tensorflow as tf

folder, pixels, width, height, input, output = sys.argv[1:]
crops = np.fromfile(pixels, np.uint8).reshape(-1, int(height), int(width), 3)
serve = tf.saved_model.load(folder).signatures["serving_default"]
batches = [serve(**{input: tf.constant(crops[at : at + 16])})[output] for at in range(0, len(crops), 16)]
print(json.dumps(np.concatenate(batches).tolist()))
`;

describe.skipIf(!hasTensorFlow)(
  `the SavedModel's probabilities on ${CROPS} crops`,
  { timeout: 300_000 },
  () => {
    let model: ModelVersion;
    let crops: Uint8Array[];
    let ours: Float64Array[];
    let tensorflow: Session;

    beforeAll(async () => {
      model = (await Registry.open(modelsDir, ['default'])).defaultVersion;
      crops = await preprocessedCrops(model.manifest, CROPS);
      tensorflow = await tensorFlow.load(model, SESSION_OPTIONS);
      ours = await probabilitiesOf(tensorflow, crops, BATCH_SIZES);
    }, 300_000);
    afterAll(async () => {
      await tensorflow.close();
    });

    it('are of many classes, or all would agree by themselves', () => {
      expect(new Set(ours.map(argmax)).size).toBeGreaterThanOrEqual(4);
    });

    it("equal onnxruntime's within 1e-4", async () => {
      const onnxruntime = await onnxRuntime.load(model, SESSION_OPTIONS);
      const theirs = await probabilitiesOf(onnxruntime, crops, BATCH_SIZES);
      await onnxruntime.close();
      expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(1e-4);
    });

    it('are the same in batches of other sizes and another order, within 1e-5', async () => {
      const some = crops.filter((_, index) => index % 4 === 0).reverse();
      const others = await probabilitiesOf(tensorflow, some, [7, 16, 1, 26]);
      const same = ours.filter((_, index) => index % 4 === 0).reverse();
      expect(largestDifference(same, others)).toBeLessThanOrEqual(1e-5);
    });

    it.skipIf(!existsSync(python))("equal Python TensorFlow's within 1e-5", () => {
      const folder = mkdtempSync(join(tmpdir(), 'hemoserve-pixels-'));
      const pixels = join(folder, 'pixels');
      writeFileSync(pixels, concatenated(crops));
      const { input, outputs, calibration } = model.manifest;
      const savedModel = artifactPath(model.manifest, 'tensorflow', 'float32');
      const size = [String(input.width), String(input.height)];
      const parameters = [join(model.folder, savedModel), pixels, ...size, input.name, outputs.logits];
      const output = execFileSync(python, ['-c', SCRIPT, ...parameters], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      rmSync(folder, { recursive: true });
      const logits = JSON.parse(output.toString()) as number[][];
      const theirs = logits.map((row) => softmax(Float32Array.from(row), calibration.temperature));
      expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(1e-5);
    });

    /** Class probabilities of each crop, in batches of these sizes. */
    async function probabilitiesOf(
      session: Session,
      pixels: readonly Uint8Array[],
      batchSizes: readonly number[],
    ): Promise<Float64Array[]> {
      const { classes, outputs, calibration } = model.manifest;
      const probabilities: Float64Array[] = [];
      for (const count of batchSizes) {
        const batch = pixels.slice(probabilities.length, probabilities.length + count);
        const { logits, features } = await session.run({ pixels: concatenated(batch), count });
        expect(features).toHaveLength(count * outputs.featureCount);
        for (let row = 0; row < count; row++) {
          const rowLogits = logits.subarray(row * classes.length, (row + 1) * classes.length);
          probabilities.push(softmax(rowLogits, calibration.temperature));
        }
      }
      return probabilities;
    }
  },
);

function largestDifference(some: readonly Float64Array[], others: readonly Float64Array[]): number {
  expect(some).toHaveLength(others.length);
  const differences = some.flatMap((row, index) =>
    [...row].map((value, place) => Math.abs(value - (others[index]?.[place] ?? Number.NaN))),
  );
  return Math.max(...differences);
}
