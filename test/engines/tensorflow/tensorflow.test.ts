import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../../src/app.js';
import { loadSettings } from '../../../src/settings/load.js';
import type { Settings } from '../../../src/settings/schema.js';
import { cells } from '../../support/fixtures.js';
import { RegistryCopy } from '../../support/registry.js';
import { type Service, startService } from '../../support/service.js';
import { hasTensorFlow, residentBytes, tensorFlowProcesses } from '../../support/tensorflow.js';

/** On a machine with one, a GPU that is asked for is there. */
const hasGpu = existsSync('/dev/nvidiactl');
const RECOVERY = { timeout: 120_000, interval: 100 };

interface Problem {
  code: string;
}

/** What loading the default model ends with: the error's message, or undefined. */
async function refusal(overrides: Partial<Settings>): Promise<string | undefined> {
  const settings = { ...loadSettings({}), logLevel: 'silent' as const, maxBatchSize: 1 };
  const app = await buildApp({ ...settings, ...overrides });
  try {
    await app.modelHost.load();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await app.close();
  }
}

describe.skipIf(!hasTensorFlow)('a service with TensorFlow', { timeout: 300_000 }, () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ engine: 'tensorflow', maxBatchSize: 8 });
  }, 300_000);
  afterAll(() => service.close());

  const status = async (path: string) => (await service.request(path)).status;
  const classesOf = async (files: File[]) => {
    const response = await service.classify(files);
    const { results } = (await response.json()) as { results: { class: string }[] };
    return results.map((result) => result.class);
  };
  const kill = () => {
    const [id = 0] = tensorFlowProcesses();
    process.kill(id, 'SIGKILL');
    return id;
  };

  it('says so in /v1/models and in the metrics, with the device', async () => {
    const { models } = (await (await service.request('/v1/models')).json()) as { models: object[] };
    const engine = { name: 'tensorflow', version: expect.stringMatching(/^2\./), device: 'cpu' };
    expect(models).toContainEqual(
      expect.objectContaining({ served: true, engine: expect.objectContaining(engine) }),
    );
    const text = await (await service.request('/metrics')).text();
    expect(text).toMatch(/^hemoserve_model_info\{.*engine="tensorflow".*device="cpu"\} 1$/m);
  });

  it('goes on through the signals that a terminal sends to it too', async () => {
    const [id = 0] = tensorFlowProcesses();
    process.kill(id, 'SIGINT');
    process.kill(id, 'SIGTERM');
    expect((await service.classify(cells())).status).toBe(200);
    expect(tensorFlowProcesses()).toEqual([id]);
  });

  it('answers 503 when its process is killed within a batch, and recovers', async () => {
    const before = await classesOf(cells());
    const killed = tensorFlowProcesses();
    // Many batches, so that some run, some wait and some are not decoded yet.
    const requests = Array.from({ length: 4 }, () =>
      service.classify(Array.from({ length: 6 }, cells).flat()),
    );
    const batches = await service.metric('hemoserve_batch_size_count');
    await expect
      .poll(() => service.metric('hemoserve_batch_size_count'), { timeout: 60_000, interval: 5 })
      .toBeGreaterThan(batches);
    kill();
    for (const response of await Promise.all(requests)) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(((await response.json()) as Problem).code).toBe('engine_unavailable');
    }
    const ready = await service.request('/readyz');
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as Problem).code).toBe('engine_unavailable');
    expect(await status('/livez')).toBe(200);
    expect(await status('/v1/models')).toBe(200);
    const refused = await service.classify(cells());
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as Problem).code).toBe('engine_unavailable');
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);

    await expect.poll(() => status('/readyz'), RECOVERY).toBe(200);
    expect(tensorFlowProcesses()).toHaveLength(1);
    expect(tensorFlowProcesses()).not.toEqual(killed);
    expect(await classesOf(cells())).toEqual(before);
  });

  it('recovers from a kill while it starts again', async () => {
    const first = kill();
    await expect.poll(() => tensorFlowProcesses().filter((id) => id !== first).length, RECOVERY).toBe(1);
    const second = kill();
    expect(second).not.toBe(first);
    await expect.poll(() => status('/readyz'), RECOVERY).toBe(503);
    await expect.poll(() => status('/readyz'), RECOVERY).toBe(200);
    expect((await service.classify(cells())).status).toBe(200);
  });

  it('kills a process that hangs and starts another, while each request ends in its time', async () => {
    const [hung = 0] = tensorFlowProcesses();
    process.kill(hung, 'SIGSTOP');
    const startMs = performance.now();
    const late = await service.classify(cells(), '?timeoutMs=500');
    expect(performance.now() - startMs).toBeLessThan(1500);
    expect(late.status).toBe(504);
    expect(((await late.json()) as Problem).code).toBe('deadline_exceeded');
    await expect.poll(() => status('/readyz'), RECOVERY).toBe(503);
    // A batch of eight may take a few seconds on a busy machine, a hung one for ever.
    expect(performance.now() - startMs).toBeLessThan(30_000);
    await expect.poll(() => status('/readyz'), RECOVERY).toBe(200);
    expect(tensorFlowProcesses()).not.toContain(hung);
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
    expect((await service.classify(cells())).status).toBe(200);
  });

  it('keeps its memory flat', async () => {
    const { session, model } = service.app.modelHost.classifier();
    const { width, height, channels } = model.manifest.input;
    const [id = 0] = tensorFlowProcesses();
    const run = async (times: number) => {
      for (let time = 0; time < times; time++) {
        await session.run({ pixels: new Uint8Array(2 * width * height * channels).fill(time), count: 2 });
      }
      return residentBytes(id);
    };
    const before = await run(50);
    // Their crops alone, were they kept as int32, would be 120 MB.
    const runs = Math.ceil(120e6 / (2 * width * height * channels * 4));
    expect((await run(runs)) - before).toBeLessThan(30e6);
  });

  it('that is closed while it starts again leaves no process', async () => {
    kill();
    await expect.poll(() => status('/readyz'), RECOVERY).toBe(503);
    await service.close();
    expect(tensorFlowProcesses()).toEqual([]);
    service = await startService({ engine: 'tensorflow', maxBatchSize: 1 });
    kill();
    await expect.poll(() => tensorFlowProcesses().length, RECOVERY).toBe(1);
    await service.close();
    expect(tensorFlowProcesses()).toEqual([]);
  });
});

describe.skipIf(!hasTensorFlow)(
  'TensorFlow refuses a model, with the reason, when',
  { timeout: 120_000 },
  () => {
    let registry: RegistryCopy;
    beforeEach(() => {
      registry = new RegistryCopy();
    });
    afterEach(() => {
      registry.dispose();
      expect(tensorFlowProcesses()).toEqual([]);
    });
    const reason = () => refusal({ engine: 'tensorflow', modelsDir: registry.folder });

    it('its SavedModel does not load', async () => {
      registry.replaceInModel('saved_model/saved_model.pb', 'no network');
      expect(await reason()).toMatch(/inceptionv3@[\d.]+ refused: /);
    });

    it('its input has another name', async () => {
      registry.editManifest((manifest) => {
        manifest.input.name = 'pixels';
      });
      expect(await reason()).toContain('the SavedModel has no input pixels, but crops');
    });

    it('its input has another size', async () => {
      let side = 0;
      registry.editManifest((manifest) => {
        side = manifest.input.width;
        manifest.input.width = 96;
      });
      expect(await reason()).toContain(
        `input crops is DT_UINT8 (-1,${side},${side},3); its manifest says DT_UINT8 (-1,${side},96,3)`,
      );
    });

    it('an output has another name', async () => {
      registry.editManifest((manifest) => {
        manifest.outputs.logits = 'scores';
      });
      expect(await reason()).toMatch(/the SavedModel has no output scores, but .*\blogits\b/);
    });

    it('an output has another size', async () => {
      registry.editManifest((manifest) => {
        manifest.outputs.featureCount = 7;
        // Its trust data has that many features, too.
        delete manifest.trust;
      });
      expect(await reason()).toContain(
        'saved_model gives 8 logits and 2048 features; its manifest says 8 and 7',
      );
    });
  },
);

describe('where TensorFlow is not set up', () => {
  it.skipIf(hasTensorFlow)('the start says how to', async () => {
    expect(await refusal({ engine: 'tensorflow' })).toContain('was `npm run tensorflow:setup` run?');
  });
});

describe.skipIf(hasGpu)('without a GPU', { timeout: 120_000 }, () => {
  it.skipIf(!hasTensorFlow)('TensorFlow asked for it does not start', async () => {
    const message = await refusal({ engine: 'tensorflow', device: 'gpu' });
    expect(message).toContain('HEMOSERVE_DEVICE is gpu, but TensorFlow finds none');
  });

  it('onnxruntime asked for it does not start', async () => {
    expect(await refusal({ device: 'gpu' })).toContain(
      "HEMOSERVE_DEVICE is gpu, but onnxruntime's CUDA provider: OrtSessionOptionsAppendExecutionProvider_Cuda",
    );
  });

  it.each(hasTensorFlow ? (['onnxruntime', 'tensorflow'] as const) : (['onnxruntime'] as const))(
    '%s that may choose takes the CPU, and says so',
    async (engine) => {
      const service = await startService({ engine, device: 'auto', maxBatchSize: 1 });
      expect(service.app.modelHost.classifier().session.description).toMatchObject({
        name: engine,
        device: 'cpu',
      });
      expect(await service.metric(`hemoserve_model_info{`)).toBe(1);
      await service.close();
    },
  );
});
