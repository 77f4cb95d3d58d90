import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/classify/classifier.js';
import { onnxRuntime } from '../../src/engines/onnxruntime/adapter.js';
import { residentMiB } from '../../src/models/budget.js';
import { ModelHost } from '../../src/models/model-host.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Settings } from '../../src/settings/schema.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { readFixture } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { SESSION_OPTIONS } from '../support/session-options.js';
import { canCountThreads, threadCount } from '../support/threads.js';

const crop = readFixture('cells/ig.jpg');
/** libvips' threads come and go; a model that stayed would have two or more each time. */
const POOL_THREADS = 4;

let registry: GeneratedRegistry;
let settings: Settings;
let stop: AbortController;
let host: ModelHost;
const metrics = createMetrics();

beforeEach(async () => {
  registry = new GeneratedRegistry();
  await registry.add('small@1.0.0', { says: 'ig' });
  registry.setDefault('small@1.0.0');
  settings = { ...loadSettings({}), modelsDir: registry.folder, maxBatchSize: 4 };
  stop = new AbortController();
  host = new ModelHost({
    settings,
    start: async (model) => ({
      started: await Classifier.start(
        model,
        () => onnxRuntime.load(model, SESSION_OPTIONS),
        settings,
        metrics,
      ),
    }),
    metrics,
    log: Fastify().log,
    stop: stop.signal,
  });
});
afterEach(async () => {
  await host.close();
  registry.dispose();
});

/** What the host's model says of a crop, through a lease as a request takes it. */
async function classify(name?: string, version?: string): Promise<string> {
  const { classifier, release } = host.lease(name, version);
  try {
    return (await classifier.classify(crop)).class;
  } finally {
    release();
  }
}

function model(label: string): { name: string; version: string } {
  const [name = '', version = ''] = label.split('@');
  return { name, version };
}

describe('several models', () => {
  beforeEach(async () => {
    await registry.add('small@1.2.0', { says: 'monocyte' });
    await registry.add('small@1.10.0', { says: 'platelet' });
    await registry.add('other@2.0.0', { says: 'basophil' });
    await registry.add('third@1.0.0', { says: 'neutrophil' });
  });

  it('are served side by side; the first answers whoever names none', async () => {
    settings.models = ['other', 'default', 'small@1.2.0', 'small'];
    await host.load();
    expect(await classify()).toBe('basophil');
    expect(await classify('other')).toBe('basophil');
    expect(await classify('small')).toBe('ig');
    expect(await classify('small', '1.0.0')).toBe('ig');
    expect(await classify('small', '1.2.0')).toBe('monocyte');
    expect(await classify('small', '1.10.0')).toBe('platelet');
  });

  it('are told from those that are not served and those that are not there', async () => {
    settings.models = ['small', 'other'];
    await host.load();
    expect(() => host.lease('small', '1.0.0')).toThrow(
      expect.objectContaining({ code: 'model_not_served', message: 'small 1.0.0 is not loaded here.' }),
    );
    expect(() => host.lease('third')).toThrow(expect.objectContaining({ code: 'model_not_served' }));
    expect(() => host.lease('small', '9.0.0')).toThrow(expect.objectContaining({ code: 'unknown_version' }));
    expect(() => host.lease('fourth')).toThrow(expect.objectContaining({ code: 'unknown_model' }));
    expect(host.registry().versions.filter((version) => host.served(version))).toHaveLength(2);
  });

  it('are loaded once, however often they are selected', async () => {
    settings.models = ['small@1.0.0', 'default', 'small@1.0.0'];
    expect((await host.load()).loaded).toEqual([model('small@1.0.0')]);
  });
});

describe('a load of the registry', { timeout: 120_000 }, () => {
  beforeEach(async () => {
    await host.load();
  });

  it('keeps what is served when nothing has changed', async () => {
    const before = host.classifier();
    const small = model('small@1.0.0');
    expect(await host.load()).toEqual({ default: small, loaded: [], retired: [], kept: [small] });
    expect(host.classifier()).toBe(before);
  });

  it('exchanges the default, and keeps the others', async () => {
    await registry.add('small@1.1.0', { says: 'monocyte' });
    await registry.add('other@2.0.0', { says: 'basophil' });
    settings.models = ['default', 'other'];
    await host.load();
    registry.setDefault('small@1.1.0');
    expect(await host.load()).toEqual({
      default: model('small@1.1.0'),
      loaded: [model('small@1.1.0')],
      retired: [model('small@1.0.0')],
      kept: [model('other@2.0.0')],
    });
    expect(await classify()).toBe('monocyte');
    expect(await classify('other')).toBe('basophil');
    expect(() => host.lease('small', '1.0.0')).toThrow(expect.objectContaining({ code: 'model_not_served' }));
  });

  it('takes a newer version of a model that is selected by its name', async () => {
    settings.models = ['small'];
    await registry.add('small@1.1.0', { says: 'monocyte' });
    await host.load();
    expect(await classify()).toBe('monocyte');
  });

  it('exchanges a version that was written anew', async () => {
    await registry.add('small@1.0.0', { says: 'platelet' });
    const small = model('small@1.0.0');
    expect(await host.load()).toEqual({ default: small, loaded: [small], retired: [small], kept: [] });
    expect(await classify()).toBe('platelet');
  });

  it('closes the old version only when the last request that uses it is done', async () => {
    const leases = [host.lease(), host.lease()];
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    await host.load();
    expect(await classify()).toBe('monocyte');
    for (const { classifier, release } of leases) {
      expect((await classifier.classify(crop)).class).toBe('ig');
      release();
    }
    await expect(leases[0]?.classifier.classify(crop)).rejects.toThrow('the session is closed');
  });

  it('comes after the one that runs, and loads nothing twice', async () => {
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    const [first, ...others] = await Promise.all([host.load(), host.load(), host.load()]);
    expect(first?.loaded).toEqual([model('small@1.1.0')]);
    for (const other of others) expect(other.loaded).toEqual([]);
  });

  it('does not begin when the service stops, and a stop waits for the one that runs', async () => {
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    let loaded = false;
    const load = host.load().finally(() => {
      loaded = true;
    });
    await host.close();
    expect(loaded).toBe(true);
    expect((await load).loaded).toEqual([model('small@1.1.0')]);
    stop.abort();
    await expect(host.load()).rejects.toMatchObject({ code: 'not_ready' });
  });

  it.runIf(canCountThreads)('twenty times leaves no thread behind', async () => {
    const before = threadCount();
    for (let round = 1; round <= 20; round++) {
      const says = round % 2 ? 'monocyte' : 'platelet';
      await registry.add(`small@1.${round}.0`, { says });
      registry.setDefault(`small@1.${round}.0`);
      const running = Promise.all(Array.from({ length: 5 }, () => classify()));
      await host.load();
      await running;
      expect(await classify()).toBe(says);
    }
    await expect.poll(threadCount, { timeout: 5000 }).toBeLessThanOrEqual(before + POOL_THREADS);
  });
});

describe('a load that fails keeps what is served', () => {
  beforeEach(async () => {
    await registry.add('other@2.0.0', { says: 'basophil' });
    settings.models = ['default', 'other'];
    await host.load();
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a file is corrupt',
      () => registry.add('small@1.1.0', { says: 'monocyte', onnx: 'damaged' }),
      /^model small@1\.1\.0 refused: model\.onnx: has 7 bytes, its manifest says \d+$/,
    ],
    [
      'a golden output differs',
      () => registry.add('small@1.1.0', { says: 'monocyte', golden: [1, 0, 0, 0, 0, 0, 0, 0] }),
      /^model small@1\.1\.0 refused: golden output of golden\.png: basophil is .*, expected 1 /,
    ],
    [
      'a manifest is not written to its end',
      () => registry.write('small/1.1.0/manifest.json', '{"formatVersion": 1,'),
      /^model small@1\.1\.0 refused: .*manifest\.json: .*JSON/,
    ],
    ['the new default is not there', () => {}, /^model small@1\.1\.0 refused: not in the registry/],
    [
      'default.json is gone',
      () => registry.remove('default.json'),
      /^model default refused: .*default\.json/,
    ],
    ['the registry is gone', () => registry.dispose(), /ENOENT/],
  ])('when %s', async (_reason, spoil, message) => {
    const now = () => ({
      registry: host.registry(),
      small: host.classifier('small'),
      other: host.classifier('other'),
    });
    const before = now();
    registry.setDefault('small@1.1.0');
    await spoil();
    await expect(host.load()).rejects.toThrow(message);
    for (const key of ['registry', 'small', 'other'] as const) expect(now()[key], key).toBe(before[key]);
    expect(await classify()).toBe('ig');
    expect(await classify('other')).toBe('basophil');
  });

  it('and closes the models that were loaded for it, when only the last one is refused', async () => {
    const before = canCountThreads ? threadCount() : 0;
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    await registry.add('other@2.1.0', { says: 'platelet', onnx: 'damaged' });
    for (let round = 1; round <= 5; round++) await expect(host.load()).rejects.toThrow('other@2.1.0 refused');
    expect(await classify()).toBe('ig');
    if (!canCountThreads) return;
    await expect.poll(threadCount, { timeout: 5000 }).toBeLessThanOrEqual(before + POOL_THREADS);
  });
});

describe('a model that another engine runs faster', { timeout: 60_000 }, () => {
  /** A host whose models are found to run faster in a second classifier. */
  function improvableHost(): ModelHost {
    return new ModelHost({
      settings,
      start: async (version) => {
        const start = () =>
          Classifier.start(version, () => onnxRuntime.load(version, SESSION_OPTIONS), settings, metrics);
        return {
          started: await start(),
          async improve(idle) {
            await idle();
            return start();
          },
        };
      },
      metrics,
      log: Fastify().log,
      stop: stop.signal,
    });
  }

  it('is exchanged when nobody has sent a crop for a while, and requests that use it end as they began', async () => {
    host = improvableHost();
    await host.load();
    const { classifier: before, release } = host.lease();
    // Crops keep it from being measured.
    for (let index = 0; index < 8; index++) {
      await classify();
      await setTimeout(1000);
    }
    expect(host.classifier()).toBe(before);
    await expect.poll(() => host.classifier() === before, { timeout: 20_000 }).toBe(false);
    expect(await classify()).toBe('ig');
    expect((await before.classify(crop)).class).toBe('ig');
    release();
    await expect.poll(() => before.classify(crop).catch(String)).toContain('the session is closed');
    expect((await host.load()).kept).toEqual([model('small@1.0.0')]);
  });

  it('is not waited for when the service stops', async () => {
    host = improvableHost();
    await host.load();
    await classify();
    stop.abort();
    const startMs = performance.now();
    await host.close();
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});

describe('the memory budget', () => {
  it('refuses a model that is over it', async () => {
    settings.modelMemoryMiB = 1;
    await expect(host.load()).rejects.toThrow(
      /^model small@1\.0\.0 refused: it takes \d+ MiB, which with nothing else loaded is over the 1 MiB of HEMOSERVE_MODEL_MEMORY_MIB$/,
    );
    expect(() => host.lease()).toThrow(expect.objectContaining({ code: 'not_ready' }));
  });

  it('refuses another version of a network that is loaded before it is loaded itself', async () => {
    await host.load();
    const { memoryMiB } = host.served(host.classifier().model) ?? { memoryMiB: 0 };
    expect(memoryMiB).toBeGreaterThan(0);
    // It would be refused for its corrupt file, if it were looked at.
    await registry.add('small@1.1.0', { says: 'monocyte', onnx: 'damaged' });
    registry.setDefault('small@1.1.0');
    settings.modelMemoryMiB = 2 * memoryMiB - 1;
    await expect(host.load()).rejects.toThrow(
      `small@1.1.0 refused: it takes ${memoryMiB} MiB, which with small@1.0.0 ${memoryMiB} MiB is over the ` +
        `${settings.modelMemoryMiB} MiB`,
    );
    expect(await classify()).toBe('ig');
    await registry.add('small@1.1.0', { says: 'monocyte' });
    settings.modelMemoryMiB = 2 * memoryMiB;
    await host.load();
    expect(await classify()).toBe('monocyte');
  });

  it('counts versions that still answer requests', async () => {
    await host.load();
    const { memoryMiB } = host.served(host.classifier().model) ?? { memoryMiB: 0 };
    settings.modelMemoryMiB = 2 * memoryMiB;
    const { release } = host.lease();
    await registry.add('small@1.1.0', { says: 'monocyte' });
    registry.setDefault('small@1.1.0');
    await host.load();
    await registry.add('small@1.2.0', { says: 'platelet' });
    registry.setDefault('small@1.2.0');
    await expect(host.load()).rejects.toThrow(
      `with small@1.1.0 ${memoryMiB} MiB, small@1.0.0 ${memoryMiB} MiB`,
    );
    release();
    await expect.poll(() => host.load().then(() => classify(), String)).toBe('platelet');
  });

  it.runIf(canCountThreads)('is measured with child processes', async () => {
    const before = await residentMiB();
    const script =
      'globalThis.held = Buffer.alloc(200 * 2 ** 20, 1); process.send("held"); setInterval(() => {}, 1e6)';
    const child = fork('-e', [script], { execArgv: [] });
    try {
      await once(child, 'message');
      expect((await residentMiB()) - before).toBeGreaterThan(190);
    } finally {
      child.kill();
    }
  });
});
