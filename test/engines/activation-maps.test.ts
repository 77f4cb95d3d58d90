import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchOutput, Engine } from '../../src/engines/engine.js';
import { onnxRuntime } from '../../src/engines/onnxruntime/adapter.js';
import { type ModelVersion, Registry } from '../../src/registry/registry.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { hasOpenVino, openVino } from '../support/openvino.js';
import { SESSION_OPTIONS } from '../support/session-options.js';

/** More than one, and no multiple of what OpenVINO runs at a time. */
const COUNT = 6;

describe('activation maps', () => {
  let registry: GeneratedRegistry;

  async function load(model: string): Promise<ModelVersion> {
    return (await Registry.open(registry.folder, [model])).defaultVersion;
  }

  async function run(engine: Engine, model: ModelVersion): Promise<BatchOutput> {
    const { width, height, channels } = model.manifest.input;
    const pixels = Uint8Array.from(
      { length: COUNT * width * height * channels },
      (_, index) => (index * 7919) % 251,
    );
    const session = await engine.load(model, SESSION_OPTIONS);
    try {
      return await session.run({ pixels, count: COUNT });
    } finally {
      await session.close();
    }
  }

  beforeAll(async () => {
    registry = new GeneratedRegistry();
    await registry.add('with@1.0.0', { activationMaps: true });
    await registry.add('without@1.0.0');
  });
  afterAll(() => registry.dispose());

  const engines: [string, () => Promise<Engine>][] = [
    ['onnxruntime', async () => onnxRuntime],
    ...(hasOpenVino ? [['OpenVINO', openVino] as [string, () => Promise<Engine>]] : []),
  ];

  describe.each(engines)('in %s', (_, engine) => {
    it("come with each crop's logits, to which they average", async () => {
      const model = await load('with@1.0.0');
      const { classes, outputs } = model.manifest;
      const { width = 0, height = 0 } = outputs.activationMaps ?? {};
      const { logits, activationMaps = new Float32Array() } = await run(await engine(), model);
      expect(activationMaps).toHaveLength(COUNT * height * width * classes.length);
      const places = width * height;
      logits.forEach((logit, index) => {
        const crop = Math.floor(index / classes.length);
        const start = crop * places * classes.length + (index % classes.length);
        let sum = 0;
        for (let place = 0; place < places; place++)
          sum += activationMaps[start + place * classes.length] ?? 0;
        expect(sum / places).toBeCloseTo(logit, 3);
      });
    });

    it('are absent from what a version without them says', async () => {
      expect(await run(await engine(), await load('without@1.0.0'))).not.toHaveProperty('activationMaps');
    });

    it('of another size than the manifest says keep the model from being loaded', async () => {
      const { folder, manifest } = await load('with@1.0.0');
      const activationMaps = { name: 'activationMaps', width: 31, height: 32 };
      const wrong = { folder, manifest: { ...manifest, outputs: { ...manifest.outputs, activationMaps } } };
      await expect(run(await engine(), wrong)).rejects.toThrow(
        'gives 8192 values of activation maps; its manifest says 7936',
      );
    });
  });
});
