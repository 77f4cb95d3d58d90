import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Settings } from '../../src/settings/schema.js';
import { RegistryCopy } from '../support/registry.js';

let registry: RegistryCopy;
beforeEach(() => {
  registry = new RegistryCopy();
});
afterEach(() => registry.dispose());

/** What loading the registry's default model, or `model`, ends with: the error's message, or undefined. */
async function refusal(model = 'default', overrides: Partial<Settings> = {}): Promise<string | undefined> {
  const app = await buildApp({
    ...loadSettings({}),
    logLevel: 'silent',
    engine: 'onnxruntime',
    precision: 'float32',
    modelsDir: registry.folder,
    models: [model],
    ...overrides,
  });
  try {
    await app.modelHost.load();
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    return undefined;
  } catch (error) {
    expect((error as Error).name).toBe('ModelRefused');
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    return (error as Error).message;
  } finally {
    await app.close();
  }
}

describe('a model is refused, with the reason, when', () => {
  it('(and it is not when nothing is changed)', async () => {
    expect(await refusal()).toBeUndefined();
  });

  it('a file is missing', async () => {
    registry.removeInModel('saved_model/saved_model.pb');
    expect(await refusal()).toMatch(/saved_model\/saved_model\.pb: missing/);
  });

  it('a file has another size', async () => {
    registry.writeInModel('model.onnx', 'short');
    expect(await refusal()).toMatch(/model\.onnx: has 5 bytes, its manifest says \d+/);
  });

  it('a file has another content', async () => {
    const content = registry.readInModel('golden.json');
    content[content.length - 2] = 32;
    registry.writeInModel('golden.json', content);
    expect(await refusal()).toMatch(/golden\.json: SHA-256 is [0-9a-f]{64}, its manifest says [0-9a-f]{64}/);
  });

  it('its input is no square and crops are to be turned', async () => {
    registry.editManifest((manifest) => {
      manifest.input.width += 1;
    });
    expect(await refusal('default', { views: 4 })).toMatch(
      /input is no square, which 4 views of a crop need/,
    );
  });

  it('a file that it needs has no hash', async () => {
    registry.editManifest((manifest) => {
      delete manifest.files['model.onnx'];
    });
    expect(await refusal()).toMatch(/model\.onnx: not among the manifest's files/);
  });

  it('a golden output differs', async () => {
    const golden = JSON.parse(registry.readInModel('golden.json').toString()) as {
      image: string;
      probabilities: number[];
    }[];
    golden[3]?.probabilities.reverse();
    registry.replaceInModel('golden.json', JSON.stringify(golden));
    expect(await refusal()).toMatch(
      /golden output of golden\/ig\.jpg: \w+ is [\d.e-]+, expected [\d.e-]+ \(tolerance 0\.001\)/,
    );
  });

  it('its network does not load', async () => {
    registry.replaceInModel('model.onnx', 'no network');
    expect(await refusal()).toMatch(/refused: .*(model|protobuf|onnx)/i);
  });

  it('its network has other outputs than the manifest says', async () => {
    registry.editManifest((manifest) => {
      manifest.outputs.featureCount = 7;
      // Its trust data has that many features, too.
      delete manifest.trust;
    });
    expect(await refusal()).toMatch(/gives 8 logits and 2048 features; its manifest says 8 and 7/);
  });

  it('its manifest does not fit the schema', async () => {
    registry.editManifest((manifest) => {
      manifest.calibration.temperature = -1;
      (manifest as { formatVersion: number }).formatVersion = 2;
    });
    const message = await refusal();
    expect(message).toMatch(/manifest\.json/);
    expect(message).toContain('calibration.temperature');
    expect(message).toContain('formatVersion');
  });

  it('its manifest has one loss for all engines, or that of an unknown one', async () => {
    for (const accuracyLoss of [0.0005, { onnxrumtime: 0.0005 }]) {
      registry.editManifest((manifest) => {
        manifest.precisions = { bfloat16: { goldenTolerance: 0.02, accuracyLoss: accuracyLoss as object } };
      });
      const message = await refusal();
      expect(message).toContain('expected a loss for each engine that was evaluated, by its name');
      expect(message).toContain('precisions.bfloat16.accuracyLoss');
    }
  });

  it('its manifest names nothing that an engine loads', async () => {
    registry.editManifest((manifest) => {
      delete manifest.onnx;
      delete manifest.savedModel;
    });
    expect(await refusal()).toMatch(/expected onnx, savedModel or both/);
  });

  it('(and it is not without what another engine loads)', async () => {
    registry.editManifest((manifest) => {
      delete manifest.savedModel;
    });
    expect(await refusal()).toBeUndefined();
  });

  it('a path in its manifest leaves the folder', async () => {
    registry.editManifest((manifest) => {
      manifest.onnx = '../model.onnx';
    });
    expect(await refusal()).toContain('expected a path in the folder');
  });

  it('its manifest is that of another version', async () => {
    registry.editManifest((manifest) => {
      manifest.version = '9.9.9';
    });
    expect(await refusal()).toMatch(/its manifest is that of inceptionv3@9\.9\.9/);
  });

  it('no manifest is there', async () => {
    registry.removeInModel('manifest.json');
    expect(await refusal()).toMatch(/manifest\.json/);
  });

  it('the default names a version that is not there', async () => {
    registry.write('default.json', JSON.stringify({ name: 'inceptionv3', version: '99.0.0' }));
    expect(await refusal()).toMatch(/inceptionv3@99\.0\.0 refused: not in the registry/);
  });

  it('no default is named', async () => {
    registry.remove('default.json');
    expect(await refusal()).toMatch(/default\.json/);
  });

  it('the settings ask for one that is not there', async () => {
    expect(await refusal('vgg16@1.0.0')).toMatch(/vgg16@1\.0\.0 refused: not in the registry/);
  });
});
