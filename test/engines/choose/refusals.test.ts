import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { choiceBenchPerTest } from '../../support/choice-bench.js';

const bench = choiceBenchPerTest();

describe('a model is refused, with the reason, when', () => {
  it('it has nothing that the engines load', async () => {
    await expect(bench().start({ engine: 'tensorflow' })).rejects.toThrow(
      'model small@1.0.0 refused: its manifest names no SavedModel, which tensorflow runs',
    );
    bench().editManifest((manifest) => {
      manifest.savedModel = 'saved_model';
      delete manifest.onnx;
    });
    await expect(bench().start()).rejects.toThrow(
      'its manifest names no ONNX file, which onnxruntime and openvino run',
    );
  });

  it('its manifest does not allow the precision of the settings', async () => {
    await expect(bench().start({ precision: 'bfloat16' })).rejects.toThrow(
      'model small@1.0.0 refused: HEMOSERVE_PRECISION is bfloat16, which its manifest does not allow on onnxruntime or openvino',
    );
  });

  it('its manifest allows that precision on another engine only', async () => {
    bench().addInt8({ accuracyLoss: { openvino: 0 } });
    await expect(bench().start({ engine: 'onnxruntime', precision: 'int8' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is int8, which its manifest does not allow on onnxruntime',
    );
    // OpenVINO might, but is not installed.
    await expect(bench().start({ precision: 'int8' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is int8, but its manifest does not allow it on onnxruntime',
    );
  });

  it('no installed engine runs that precision', async () => {
    bench().editManifest((manifest) => {
      manifest.precisions = { bfloat16: { goldenTolerance: 0.01, accuracyLoss: { openvino: 0 } } };
    });
    await expect(bench().start({ precision: 'bfloat16' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is bfloat16, but onnxruntime cannot run it',
    );
  });

  it('the engine of the settings is not installed', async () => {
    await expect(bench().start({ engine: 'openvino' })).rejects.toThrow(
      'HEMOSERVE_ENGINE is openvino, but nowhere is not there: run npm run openvino:setup, or set HEMOSERVE_OPENVINO_DIR',
    );
  });

  it('the engine of the settings does not load', async () => {
    mkdirSync(bench().cacheDir);
    await expect(bench().start({ engine: 'openvino', openvinoDir: bench().cacheDir })).rejects.toThrow(
      /openvino does not load: .* has no OpenVINO C library/,
    );
  });

  it('its int8 network has no hash', async () => {
    bench().addInt8();
    bench().editManifest((manifest) => {
      delete manifest.files['model.int8.onnx'];
    });
    await expect(bench().start()).rejects.toThrow("model.int8.onnx: not among the manifest's files");
  });
});
