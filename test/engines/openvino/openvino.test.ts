import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/classify/classifier.js';
import { softmax } from '../../../src/classify/probabilities.js';
import { blankBatch, type Session, type SessionOptions } from '../../../src/engines/engine.js';
import { onnxRuntime } from '../../../src/engines/onnxruntime/adapter.js';
import { preprocess } from '../../../src/images/preprocess.js';
import type { Manifest } from '../../../src/registry/manifest.js';
import { type ModelVersion, Registry } from '../../../src/registry/registry.js';
import { loadSettings } from '../../../src/settings/load.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import { listFixtures, modelsDir, readFixture } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { hasOpenVino, openVino, openvinoDir } from '../../support/openvino.js';
import { startService } from '../../support/service.js';
import { SESSION_OPTIONS } from '../../support/session-options.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The crops of a batch, one after the other. */
async function pixelsOf(files: string[], manifest: Manifest): Promise<Uint8Array> {
  const crops = await Promise.all(files.map((file) => preprocess(readFixture(file), manifest, 1e7)));
  return new Uint8Array(Buffer.concat(crops));
}

function probabilitiesOf(logits: Float32Array, { classes, calibration }: Manifest): Float64Array[] {
  return Array.from({ length: logits.length / classes.length }, (_, index) =>
    softmax(logits.slice(index * classes.length, (index + 1) * classes.length), calibration.temperature),
  );
}

describe.skipIf(!hasOpenVino)('OpenVINO (skipped unless npm run openvino:setup has been run)', () => {
  let small: GeneratedRegistry;
  let smallModel: ModelVersion;
  let model: ModelVersion;
  const sessions: Session[] = [];

  async function load(version: ModelVersion, options: Partial<SessionOptions> = {}): Promise<Session> {
    const session = await (await openVino()).load(version, { ...SESSION_OPTIONS, ...options });
    sessions.push(session);
    return session;
  }

  beforeAll(async () => {
    small = await GeneratedRegistry.withSmallModel();
    smallModel = (await Registry.open(small.folder, ['default'])).defaultVersion;
    model = (await Registry.open(modelsDir, ['default'])).defaultVersion;
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
  });
  afterAll(() => small.dispose());

  it("gives onnxruntime's probabilities within 1e-4 and its features, in one batch as one by one", async () => {
    const { manifest } = model;
    const files = listFixtures('cells');
    const pixels = await pixelsOf(files, manifest);
    const [reference, session] = await Promise.all([onnxRuntime.load(model, SESSION_OPTIONS), load(model)]);
    sessions.push(reference);
    const expected = await reference.run({ pixels: pixels.slice(), count: files.length });
    const actual = await session.run({ pixels: pixels.slice(), count: files.length });
    expect(actual.features).toHaveLength(files.length * manifest.outputs.featureCount);
    actual.features.forEach((value, index) => {
      expect(Math.abs(value - (expected.features[index] ?? Number.NaN))).toBeLessThan(1e-3);
    });
    const cropBytes = pixels.length / files.length;
    for (const [index, row] of probabilitiesOf(actual.logits, manifest).entries()) {
      const one = pixels.slice(index * cropBytes, (index + 1) * cropBytes);
      const [alone = []] = probabilitiesOf((await session.run({ pixels: one, count: 1 })).logits, manifest);
      const theirs = probabilitiesOf(expected.logits, manifest)[index] ?? [];
      row.forEach((probability, name) => {
        expect(Math.abs(probability - (theirs[name] ?? Number.NaN))).toBeLessThan(1e-4);
        expect(Math.abs(probability - (alone[name] ?? Number.NaN))).toBeLessThan(1e-4);
      });
    }
  });

  it('leaves the event loop free during an inference, and ends it before it closes', async () => {
    const session = await load(model);
    await session.warmUp([16]);
    let ended = false;
    const run = session.run(blankBatch(model.manifest, 16)).then(({ logits }) => {
      ended = true;
      return logits.length;
    });
    let ticks = 0;
    while (!ended) {
      await setTimeout(5);
      ticks += 1;
      if (ticks === 4) void session.close();
    }
    // 16 crops take 100 ms and more; a blocked loop would tick once.
    expect(ticks).toBeGreaterThan(5);
    expect(await run).toBe(16 * model.manifest.classes.length);
  });

  it.each(['whole', 'part'] as const)(
    'runs calls that overlap, each with its own answer: %s',
    async (share) => {
      const session = await load(smallModel);
      const { width, height } = smallModel.manifest.input;
      const batches = Array.from({ length: 20 }, (_, value) => ({
        pixels: new Uint8Array(width * height * 3 * (1 + (value % 3))).fill(value),
        count: 1 + (value % 3),
      }));
      const outputs = await Promise.all(batches.map((batch) => session.run(batch, share)));
      outputs.forEach(({ features }, value) => {
        expect([...features]).toEqual(new Array(3 * (1 + (value % 3))).fill(value));
      });
    },
  );

  it('says the same in parts, at the same time, as on the whole engine', async () => {
    const session = await load(model);
    expect(session.concurrency).toBe(2);
    const pixels = await pixelsOf(listFixtures('cells').slice(0, 4), model.manifest);
    const batch = () => ({ pixels: pixels.slice(), count: 4 });
    const whole = await session.run(batch());
    for (const part of await Promise.all([session.run(batch(), 'part'), session.run(batch(), 'part')])) {
      part.logits.forEach((value, index) => {
        expect(Math.abs(value - (whole.logits[index] ?? Number.NaN))).toBeLessThan(1e-3);
      });
    }
  });

  it('has no parts with one thread', async () => {
    const session = await load(smallModel, { threads: 1 });
    expect(session.concurrency).toBe(1);
    await session.warmUp([1, 2]);
    expect((await session.run(blankBatch(smallModel.manifest, 3), 'part')).logits).toHaveLength(24);
  });

  it('loads what it has compiled before, and compiles it again where the file is damaged', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'hemoserve-compiled-'));
    const folder = join(cacheDir, 'openvino');
    const blank = blankBatch(model.manifest, 1);
    const start = async () => {
      const { logits } = await (await load(model, { cacheDir })).run(blank);
      const files = readdirSync(folder).map((name) => join(folder, name));
      return { logits, files, written: files.map((file) => statSync(file, { bigint: true }).mtimeNs) };
    };
    const compiled = await start();
    expect(compiled.files).toHaveLength(2);
    // What cannot be loaded from there is written anew.
    expect(await start()).toEqual(compiled);
    // OpenVINO reads the weights where they were loaded from.
    collectGarbage();
    expect((await sessions.at(-1)?.run(blank))?.logits).toEqual(compiled.logits);
    const changeWeights = (file: string) => {
      const content = readFileSync(file);
      const middle = Math.floor(content.length / 2);
      content.fill(0x55, middle, middle + 1000);
      writeFileSync(file, content);
    };
    for (const damage of [changeWeights, (file: string) => truncateSync(file, 100_000)]) {
      for (const file of compiled.files) damage(file);
      const again = await start();
      expect(again.logits).toEqual(compiled.logits);
      expect(again.files).toEqual(compiled.files);
      for (const file of again.files) expect(statSync(file).size).toBeGreaterThan(1_000_000);
      again.written.forEach((time, index) => {
        expect(time).toBeGreaterThan(compiled.written[index] ?? 0n);
      });
      expect(await start()).toEqual(again);
    }
    rmSync(cacheDir, { recursive: true });
  });

  it('does not start with a compiled network that says something else, for whatever batch size', async () => {
    const options = { ...loadSettings({}), maxBatchSize: 16 };
    const cacheDir = mkdtempSync(join(tmpdir(), 'hemoserve-swapped-'));
    const folder = join(cacheDir, 'openvino');
    const start = async ({ defaultVersion }: Registry) => {
      const loaded = () => load(defaultVersion, { cacheDir });
      await (await Classifier.start(defaultVersion, loaded, options, createMetrics())).close();
    };
    const other = new GeneratedRegistry();
    try {
      await other.add('small@1.0.0', { says: 'ig' });
      other.setDefault('small@1.0.0');
      await start(await Registry.open(other.folder, ['default']));
      const namesOfTheirs = readdirSync(folder);
      const theirs = namesOfTheirs.map((name) => readFileSync(join(folder, name)));
      const registry = await Registry.open(small.folder, ['default']);
      await start(registry);
      const own = readdirSync(folder).filter((name) => !namesOfTheirs.includes(name));
      expect(own).toHaveLength(2);
      for (const file of own.map((name) => join(folder, name))) {
        const right = readFileSync(file);
        for (const content of theirs) {
          writeFileSync(file, content);
          await expect(start(registry)).rejects.toThrow('small@1.0.0 refused');
        }
        writeFileSync(file, right);
      }
      await start(registry);
    } finally {
      other.dispose();
      rmSync(cacheDir, { recursive: true });
    }
  });

  describe('refuses, with the reason, a model', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'hemoserve-bad-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    async function refusal(changes: Partial<Manifest>, content?: Uint8Array | string): Promise<string> {
      if (content !== undefined) writeFileSync(join(folder, 'model.onnx'), content);
      const bad = {
        folder: content === undefined ? smallModel.folder : folder,
        manifest: { ...smallModel.manifest, ...changes },
      };
      return load(bad).then(
        () => 'it loaded',
        (error: Error) => error.message,
      );
    }

    it('that is not there', async () => {
      expect(await refusal({ onnx: 'other.onnx' })).toMatch(/Could not open the file: ".*other\.onnx"/);
    });

    it('that is no ONNX file', async () => {
      expect(await refusal({}, 'no network')).toMatch(/Unable to read the model|onnx/i);
    });

    it('that is empty', async () => {
      expect(await refusal({}, '')).toMatch(/Unable to read the model|onnx/i);
    });

    it('that is random bytes', async () => {
      const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251);
      expect(await refusal({}, bytes)).toMatch(/Unable to read the model|onnx/i);
    });

    it('without the input', async () => {
      const input = { ...smallModel.manifest.input, name: 'pictures' };
      expect(await refusal({ input })).toMatch(/pictures/);
    });

    it('with an input of another size', async () => {
      const input = { ...smallModel.manifest.input, width: 31 };
      expect(await refusal({ input })).toMatch(/31/);
    });

    it('without an output', async () => {
      const outputs = { ...smallModel.manifest.outputs, logits: 'scores' };
      expect(await refusal({ outputs })).toMatch(/scores/);
    });

    it('with another number of features', async () => {
      const outputs = { ...smallModel.manifest.outputs, featureCount: 7 };
      expect(await refusal({ outputs })).toMatch(/gives 8 logits and 3 features; its manifest says 8 and 7/);
    });
  });

  it('runs no batch once it is closed', async () => {
    const session = await load(smallModel);
    await session.close();
    await expect(session.run(blankBatch(smallModel.manifest, 1))).rejects.toThrow('the session is closed');
  });

  it('loads and unloads 200 times with flat memory', { timeout: 120_000 }, async () => {
    const rssMiB: number[] = [];
    for (let count = 1; count <= 200; count++) {
      const session = await load(smallModel);
      await session.warmUp([1, 4]);
      await session.close();
      sessions.length = 0;
      if (count % 50 === 0) rssMiB.push(process.memoryUsage.rss() / 2 ** 20);
    }
    const [early = 0, , , late = 0] = rssMiB;
    expect(late - early, `MiB: ${rssMiB.join(', ')}`).toBeLessThan(0.1 * early);
  });

  it('serves, checked against the golden outputs', async () => {
    const service = await startService({ engine: 'openvino', openvinoDir, precision: 'float32' });
    try {
      const { models } = (await (await service.request('/v1/models')).json()) as {
        models: { engine: object }[];
      };
      const { version } = await openVino();
      const expected = { name: 'openvino', version, device: 'cpu', precision: 'float32' };
      expect(models[0]?.engine).toMatchObject(expected);
      expect(await service.metric('hemoserve_model_info{')).toBe(1);
      const metrics = await (await service.request('/metrics')).text();
      expect(metrics).toMatch(/hemoserve_model_info\{.*engine="openvino".*precision="float32"/);
    } finally {
      await service.close();
    }
  });
});
