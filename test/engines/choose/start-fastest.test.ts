import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Classifier } from '../../../src/classify/classifier.js';
import { startFastest } from '../../../src/engines/choose/start-fastest.js';
import type { Session } from '../../../src/engines/engine.js';
import type { Manifest } from '../../../src/registry/manifest.js';
import { knownPrecisions } from '../../../src/registry/precision.js';
import { Registry } from '../../../src/registry/registry.js';
import { loadSettings } from '../../../src/settings/load.js';
import type { Settings } from '../../../src/settings/schema.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import type { EngineName } from '../../../src/vocabulary/engines.js';
import { GeneratedRegistry, WEIGHTS } from '../../support/generated-registry.js';
import { meanColourNetwork } from '../../support/onnx.js';
import { hasOpenVino, openvinoDir } from '../../support/openvino.js';

interface Given {
  signal?: AbortSignal;
  /** Whether the start is an evaluation's. */
  evaluating?: boolean;
  onSession?: (session: Session) => void;
}

interface CacheFile {
  measured: { engine: string; precision: string; cropsPerS: number }[];
}

let small: GeneratedRegistry;
let cacheDir: string;
let log: { message: string; details: Record<string, unknown> }[];

beforeEach(async () => {
  small = await GeneratedRegistry.withSmallModel();
  cacheDir = join(mkdtempSync(join(tmpdir(), 'hemoserve-choice-')), 'new');
  log = [];
});
afterEach(() => {
  small.dispose();
  rmSync(join(cacheDir, '..'), { recursive: true });
});

/** As `start` below, with something done to each classifier that starts, and before that to each session. */
async function startAnd(
  afterStart: (classifier: Classifier) => void,
  { signal, evaluating = false, onSession = () => {}, ...overrides }: Partial<Settings> & Given = {},
): Promise<Classifier> {
  const settings = { ...loadSettings({}), cacheDir, openvinoDir: 'nowhere', ...overrides };
  const { defaultVersion: model } = await Registry.open(small.folder, ['default']);
  const note = (details: unknown, message?: string) => {
    log.push({ message: message ?? '', details: details as Record<string, unknown> });
  };
  const { started, improve } = await startFastest(model, {
    settings,
    async start(load) {
      const spied = async () => {
        const session = await load();
        onSession(session);
        return session;
      };
      const classifier = await Classifier.start(model, spied, settings, createMetrics());
      afterStart(classifier);
      return classifier;
    },
    log: { info: note, warn: note },
    ...(evaluating && { allowedPrecisions: knownPrecisions }),
    ...(signal && { signal }),
  });
  // As the service does once it is idle.
  const better = await improve?.(async () => {});
  if (!better) return started;
  await started.close();
  return better;
}

/** Starts the small model and closes it again; what ran it. */
async function start(overrides: Partial<Settings> & Given = {}): Promise<string> {
  const classifier = await startAnd(() => {}, overrides);
  await classifier.close();
  const { name, precision } = classifier.session.description;
  return `${name} ${precision}`;
}

function editManifest(edit: (manifest: Manifest) => void): void {
  const file = join(small.folder, 'small/1.0.0/manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

/** Adds another network, which the manifest calls int8: one that says something else, by `scale`. */
function addInt8({
  accuracyLoss = { onnxruntime: 0.001 } as Partial<Record<EngineName, number>>,
  goldenTolerance = 1,
  scale = 0.001,
}): void {
  const weights = WEIGHTS.map((ofChannel) => ofChannel.map((weight) => (1 + scale) * weight));
  const content = meanColourNetwork(32, weights);
  writeFileSync(join(small.folder, 'small/1.0.0/model.int8.onnx'), content);
  editManifest((manifest) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    manifest.files['model.int8.onnx'] = { sha256, sizeBytes: content.length };
    manifest.precisions = { int8: { onnx: 'model.int8.onnx', goldenTolerance, accuracyLoss } };
  });
}

function cacheFile(): string {
  const [name = '', ...others] = readdirSync(cacheDir).filter((entry) => entry !== 'openvino');
  expect(others).toEqual([]);
  return join(cacheDir, name);
}

function readCache(): CacheFile {
  return JSON.parse(readFileSync(cacheFile(), 'utf8')) as CacheFile;
}

/** What was logged, but for what runs until it is measured. */
const told = () => log.filter(({ message }) => !message.startsWith('engine for now'));
const sources = () => log.filter(({ message }) => message.startsWith('engine chosen'));

describe('a model starts', { timeout: 90_000 }, () => {
  it('on onnxruntime without a measurement, where nothing else is installed', async () => {
    expect(await start()).toBe('onnxruntime float32');
    expect(existsSync(cacheDir)).toBe(false);
    expect(log).toEqual([]);
  });

  it('in the precision that is measured to be fastest, and says so', async () => {
    addInt8({});
    const chosen = await start();
    const { measured } = readCache();
    expect(measured.map(({ engine, precision }) => `${engine} ${precision}`).sort()).toEqual([
      'onnxruntime float32',
      'onnxruntime int8',
    ]);
    const [first, second] = measured;
    expect(first?.cropsPerS).toBeGreaterThanOrEqual(second?.cropsPerS ?? Number.NaN);
    // One that is about as fast stays.
    const runs = measured.find(({ engine, precision }) => chosen === `${engine} ${precision}`);
    expect(runs?.cropsPerS).toBeGreaterThan((first?.cropsPerS ?? Number.NaN) / 1.1 - 1);
    expect(sources()).toHaveLength(1);
    expect(sources()[0]?.message).toContain(`${first?.engine} ${first?.precision}`);
    expect(sources()[0]?.details).toEqual({ measured, source: `measured now, kept in ${cacheFile()}` });
    expect(await start()).toBe(`${first?.engine} ${first?.precision}`);
  });

  it('as an earlier start measured', async () => {
    addInt8({});
    for (const precision of ['int8', 'float32'] as const) {
      await start();
      const { measured, ...rest } = readCache();
      const other = measured.filter((one) => one.precision !== precision);
      const first = measured.filter((one) => one.precision === precision);
      writeFileSync(cacheFile(), JSON.stringify({ ...rest, measured: [...first, ...other] }));
      expect(await start()).toBe(`onnxruntime ${precision}`);
      expect(sources().at(-1)?.details.source).toMatch(/^measured at an earlier start/);
    }
  });

  it('with a new measurement for other threads, another batch size and another network', async () => {
    addInt8({});
    await start({ engineThreads: 1 });
    await start({ engineThreads: 2 });
    await start({ engineThreads: 2, maxBatchSize: 4 });
    addInt8({ scale: 0.002 });
    await start({ engineThreads: 2, maxBatchSize: 4 });
    expect(readdirSync(cacheDir)).toHaveLength(4);
    for (const { details } of sources()) expect(details.source).toMatch(/^measured now/);
  });

  it('with a new measurement where the kept one is no JSON', async () => {
    addInt8({});
    await start();
    writeFileSync(cacheFile(), '{"measured":');
    await start();
    expect(readCache().measured).toHaveLength(2);
  });

  it('whatever is in a folder that others may write into', async () => {
    addInt8({});
    await start();
    const { measured, ...rest } = readCache();
    const planted = measured.map((one) => ({ ...one, cropsPerS: one.precision === 'int8' ? 1e6 : 1 }));
    writeFileSync(cacheFile(), JSON.stringify({ ...rest, measured: planted.reverse() }));
    chmodSync(cacheDir, 0o777);
    await start();
    expect(sources().at(-1)?.details.source).toBe('measured now, not kept');
    expect(readCache().measured).toEqual(planted);
  });

  it('leaving no file behind where the measurement cannot be put in its place', async () => {
    addInt8({});
    await start();
    const file = cacheFile();
    rmSync(file);
    mkdirSync(join(file, 'in the way'), { recursive: true });
    await start();
    expect(cacheFile()).toBe(file);
    expect(sources().at(-1)?.details.source).toBe('measured now, not kept');
  });

  it('where the measurement cannot be kept', async () => {
    addInt8({});
    mkdirSync(cacheDir);
    writeFileSync(join(cacheDir, 'file'), '');
    expect(await start({ cacheDir: join(cacheDir, 'file') })).toMatch(/^onnxruntime/);
    expect(told()[0]?.message).toBe('the choice of the engine is not kept');
    expect(sources()[0]?.details.source).toBe('measured now, not kept');
  });

  it('without a precision whose golden outputs differ by more than its tolerance', async () => {
    addInt8({ goldenTolerance: 0.001, scale: 1 });
    expect(await start()).toBe('onnxruntime float32');
    expect(told()[0]).toMatchObject({ message: 'passed over', details: { precision: 'int8' } });
    expect(told()[0]?.details.reason).toMatch(/golden output .* \(tolerance 0\.001\)/);
    expect(readCache().measured).toHaveLength(1);
  });

  it('without a precision that loses more than 0.1 points on the engine, or was never evaluated with it', async () => {
    for (const accuracyLoss of [{ onnxruntime: 0.0011, openvino: 0 }, { openvino: 0 }, {}]) {
      addInt8({ accuracyLoss });
      expect(await start()).toBe('onnxruntime float32');
    }
    editManifest((manifest) => {
      delete manifest.precisions?.int8?.accuracyLoss;
    });
    expect(await start()).toBe('onnxruntime float32');
    expect(existsSync(cacheDir)).toBe(false);
    expect(await start({ engine: 'onnxruntime', precision: 'int8', evaluating: true })).toBe(
      'onnxruntime int8',
    );
  });

  it('whatever another engine loses in the precision', async () => {
    addInt8({ accuracyLoss: { onnxruntime: 0.001, openvino: 0.0015 } });
    expect(await start({ precision: 'int8' })).toBe('onnxruntime int8');
  });

  it('in the precision of the settings', async () => {
    addInt8({});
    expect(await start({ precision: 'int8' })).toBe('onnxruntime int8');
    expect(await start({ precision: 'float32' })).toBe('onnxruntime float32');
    expect(existsSync(cacheDir)).toBe(false);
  });

  it.skipIf(!hasOpenVino)('on the faster one of two engines (skipped without openvino:setup)', async () => {
    await start({ openvinoDir });
    const { measured } = readCache();
    expect(measured.map(({ engine }) => engine).sort()).toEqual(['onnxruntime', 'openvino']);
    expect(await start({ openvinoDir })).toBe(`${measured[0]?.engine} float32`);
    expect(await start({ openvinoDir, engine: 'openvino' })).toBe('openvino float32');
  });

  it.skipIf(!hasOpenVino)('with each engine in its own precisions (skipped without OpenVINO)', async () => {
    addInt8({ accuracyLoss: { onnxruntime: 0.0011, openvino: 0.001 } });
    await start({ openvinoDir });
    expect(
      readCache()
        .measured.map(({ engine, precision }) => `${engine} ${precision}`)
        .sort(),
    ).toEqual(['onnxruntime float32', 'openvino float32', 'openvino int8']);
  });

  it('on onnxruntime where OpenVINO is there and does not load', async () => {
    mkdirSync(cacheDir);
    writeFileSync(join(cacheDir, 'libopenvino_c.so.2641'), 'no library');
    expect(await start({ openvinoDir: cacheDir })).toBe('onnxruntime float32');
    expect(told()[0]?.message).toBe('openvino is installed, but does not load');
  });
});

describe('a start of several candidates', () => {
  /** The classifiers that were started, and whether each is closed. */
  const opened: { precision: string; closed: () => boolean }[] = [];
  const note = (classifier: Classifier) => {
    const close = vi.spyOn(classifier, 'close');
    const { precision } = classifier.session.description;
    opened.push({ precision, closed: () => close.mock.calls.length === 1 });
  };
  beforeEach(() => {
    opened.length = 0;
    addInt8({});
  });

  it('passes over one whose inference fails once it serves, and takes the next', async () => {
    const classifier = await startAnd((started) => {
      note(started);
      const { session } = started;
      if (session.description.precision === 'float32') {
        vi.spyOn(session, 'run').mockRejectedValue(new Error('out of memory'));
      }
    });
    expect(classifier.session.description.precision).toBe('int8');
    expect(told()[0]).toEqual({
      message: 'passed over',
      details: { engine: 'onnxruntime', precision: 'float32', reason: 'out of memory' },
    });
    expect(readCache().measured).toHaveLength(1);
    expect(opened.map(({ precision, closed }) => [precision, closed()]).sort()).toEqual([
      ['float32', true],
      ['int8', false],
    ]);
    await classifier.close();
  });

  it('is refused with the reason where the inference of all fails, and closes all', async () => {
    const closes: (() => boolean)[] = [];
    const failing = startAnd(() => {}, {
      onSession(session) {
        vi.spyOn(session, 'run').mockRejectedValue(new Error('out of memory'));
        const close = vi.spyOn(session, 'close');
        closes.push(() => close.mock.calls.length === 1);
      },
    });
    await expect(failing).rejects.toThrow('model small@1.0.0 refused: out of memory');
    expect(closes.map((closed) => closed())).toEqual([true, true]);
  });

  it('keeps what runs where no other way is clearly faster, and closes the others', async () => {
    const first = await startAnd(note, {
      onSession(session) {
        const run = session.run.bind(session);
        if (opened.length > 0) {
          vi.spyOn(session, 'run').mockImplementation(async (batch, share) => {
            await setTimeout(20);
            return run(batch, share);
          });
        }
      },
    });
    expect(opened.map(({ closed }) => closed())).toEqual([false, true]);
    expect(first.session.description.precision).toBe(opened[0]?.precision);
    expect(readCache().measured.map(({ precision }) => precision)[0]).toBe(opened[0]?.precision);
    await first.close();
  });

  it('leaves nothing open when it is aborted', async () => {
    const stop = new AbortController();
    const stopped = startAnd(
      (started) => {
        note(started);
        stop.abort(new Error('the service is stopping'));
      },
      { signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow('the service is stopping');
    expect(opened.map(({ closed }) => closed())).toEqual([true]);
  });

  it('goes on where the slower one does not close', async () => {
    let sessions = 0;
    const classifier = await startAnd(
      (started) => {
        if (sessions > 1) vi.spyOn(started, 'close').mockRejectedValueOnce(new Error('stuck'));
      },
      {
        onSession(session) {
          sessions += 1;
          const run = session.run.bind(session);
          if (sessions === 1) return;
          vi.spyOn(session, 'run').mockImplementation(async (batch, share) => {
            await setTimeout(20);
            return run(batch, share);
          });
        },
      },
    );
    expect(told()[0]).toMatchObject({ message: 'an engine did not close', details: { message: 'stuck' } });
    expect(readCache().measured).toHaveLength(2);
    await classifier.close();
  });
});

describe('a model is refused, with the reason, when', () => {
  it('it has nothing that the engines load', async () => {
    await expect(start({ engine: 'tensorflow' })).rejects.toThrow(
      'model small@1.0.0 refused: its manifest names no SavedModel, which tensorflow runs',
    );
    editManifest((manifest) => {
      manifest.savedModel = 'saved_model';
      delete manifest.onnx;
    });
    await expect(start()).rejects.toThrow(
      'its manifest names no ONNX file, which onnxruntime and openvino run',
    );
  });

  it('its manifest does not allow the precision of the settings', async () => {
    await expect(start({ precision: 'bfloat16' })).rejects.toThrow(
      'model small@1.0.0 refused: HEMOSERVE_PRECISION is bfloat16, which its manifest does not allow on onnxruntime or openvino',
    );
  });

  it('its manifest allows that precision on another engine only', async () => {
    addInt8({ accuracyLoss: { openvino: 0 } });
    await expect(start({ engine: 'onnxruntime', precision: 'int8' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is int8, which its manifest does not allow on onnxruntime',
    );
    // OpenVINO might, but is not installed.
    await expect(start({ precision: 'int8' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is int8, but its manifest does not allow it on onnxruntime',
    );
  });

  it('no installed engine runs that precision', async () => {
    editManifest((manifest) => {
      manifest.precisions = { bfloat16: { goldenTolerance: 0.01, accuracyLoss: { openvino: 0 } } };
    });
    await expect(start({ precision: 'bfloat16' })).rejects.toThrow(
      'HEMOSERVE_PRECISION is bfloat16, but onnxruntime cannot run it',
    );
  });

  it('the engine of the settings is not installed', async () => {
    await expect(start({ engine: 'openvino' })).rejects.toThrow(
      'HEMOSERVE_ENGINE is openvino, but nowhere is not there: run npm run openvino:setup, or set HEMOSERVE_OPENVINO_DIR',
    );
  });

  it('the engine of the settings does not load', async () => {
    mkdirSync(cacheDir);
    await expect(start({ engine: 'openvino', openvinoDir: cacheDir })).rejects.toThrow(
      /openvino does not load: .* has no OpenVINO C library/,
    );
  });

  it('its int8 network has no hash', async () => {
    addInt8({});
    editManifest((manifest) => {
      delete manifest.files['model.int8.onnx'];
    });
    await expect(start()).rejects.toThrow("model.int8.onnx: not among the manifest's files");
  });
});
