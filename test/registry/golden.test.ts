import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelVersion, Registry } from '../../src/registry/registry.js';
import { checkGolden, type GoldenImage } from '../../src/registry/verify.js';
import { GeneratedRegistry } from '../support/generated-registry.js';

const sure = (probability: number) => [probability, 1 - probability, 0, 0, 0, 0, 0, 0];

describe('a golden output in int8', () => {
  let registry: GeneratedRegistry;
  let model: ModelVersion;
  const image: GoldenImage = {
    image: 'golden.png',
    encoded: Buffer.alloc(0),
    probabilities: sure(0.9),
    int8: { onnxruntime: sure(0.99) },
  };

  function check(
    name: string,
    actual: number,
    { int8 = image.int8, precision = 'int8' as const } = {},
  ): void {
    checkGolden(model, { name, precision }, { ...image, int8 }, sure(actual));
  }

  beforeAll(async () => {
    registry = await GeneratedRegistry.withSmallModel();
    model = (await Registry.open(registry.folder, ['default'])).defaultVersion;
    model.manifest.precisions = { int8: { onnx: 'model.int8.onnx', goldenTolerance: 0.37 } };
  });
  afterAll(() => registry.dispose());

  it("is held against the int8 network's own, closely where that is sure", () => {
    check('onnxruntime', 0.975);
    expect(() => check('onnxruntime', 0.96)).toThrow(/expected 0.99 \(tolerance 0.02\)/);
    // As far from what float32 says as that of any engine may be.
    expect(() => check('onnxruntime', 0.9)).toThrow('expected 0.99');
  });

  it('may differ by a tenth at most where the network is least sure', () => {
    const int8 = { onnxruntime: sure(0.5) };
    check('onnxruntime', 0.599, { int8 });
    expect(() => check('onnxruntime', 0.61, { int8 })).toThrow('tolerance 0.1)');
  });

  it("is held against float32's, as the manifest says, for an engine that was not measured", () => {
    check('openvino', 0.8);
    expect(() => check('openvino', 0.7)).toThrow('expected 0.9 ');
  });
});
