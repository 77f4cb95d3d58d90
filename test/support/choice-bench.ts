import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Classifier } from '../../src/classify/classifier.js';
import { startFastest } from '../../src/engines/choose/start-fastest.js';
import type { Session } from '../../src/engines/engine.js';
import type { Manifest } from '../../src/registry/manifest.js';
import { knownPrecisions } from '../../src/registry/precision.js';
import { Registry } from '../../src/registry/registry.js';
import { loadSettings } from '../../src/settings/load.js';
import type { Settings } from '../../src/settings/schema.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import type { EngineName } from '../../src/vocabulary/engines.js';
import { GeneratedRegistry, WEIGHTS } from './generated-registry.js';
import { meanColourNetwork } from './onnx.js';

interface Given {
  signal?: AbortSignal;
  /** Whether the start is an evaluation's. */
  evaluating?: boolean;
  onSession?: (session: Session) => void;
}

interface CacheFile {
  measured: { engine: string; precision: string; cropsPerS: number }[];
}

interface Line {
  message: string;
  details: Record<string, unknown>;
}

/** A registry with a small model, and a cache of choices, for starts whose engine is to be chosen. */
export class ChoiceBench {
  readonly cacheDir = join(mkdtempSync(join(tmpdir(), 'hemoserve-choice-')), 'new');
  readonly log: Line[] = [];

  private constructor(private readonly registry: GeneratedRegistry) {}

  static async open(): Promise<ChoiceBench> {
    return new ChoiceBench(await GeneratedRegistry.withSmallModel());
  }

  dispose(): void {
    this.registry.dispose();
    rmSync(join(this.cacheDir, '..'), { recursive: true });
  }

  /** As `start` below, with something done to each classifier that starts, and before that to each session. */
  async startAnd(
    afterStart: (classifier: Classifier) => void,
    { signal, evaluating = false, onSession = () => {}, ...overrides }: Partial<Settings> & Given = {},
  ): Promise<Classifier> {
    const { cacheDir, log } = this;
    const settings = { ...loadSettings({}), cacheDir, openvinoDir: 'nowhere', ...overrides };
    const { defaultVersion: model } = await Registry.open(this.registry.folder, ['default']);
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
  async start(overrides: Partial<Settings> & Given = {}): Promise<string> {
    const classifier = await this.startAnd(() => {}, overrides);
    await classifier.close();
    const { name, precision } = classifier.session.description;
    return `${name} ${precision}`;
  }

  editManifest(edit: (manifest: Manifest) => void): void {
    const file = join(this.registry.folder, 'small/1.0.0/manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    edit(manifest);
    writeFileSync(file, JSON.stringify(manifest));
  }

  /** Adds another network, which the manifest calls int8: one that says something else, by `scale`. */
  addInt8({
    accuracyLoss = { onnxruntime: 0.001 } as Partial<Record<EngineName, number>>,
    goldenTolerance = 1,
    scale = 0.001,
  } = {}): void {
    const weights = WEIGHTS.map((ofChannel) => ofChannel.map((weight) => (1 + scale) * weight));
    const content = meanColourNetwork(32, weights);
    writeFileSync(join(this.registry.folder, 'small/1.0.0/model.int8.onnx'), content);
    this.editManifest((manifest) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      manifest.files['model.int8.onnx'] = { sha256, sizeBytes: content.length };
      manifest.precisions = { int8: { onnx: 'model.int8.onnx', goldenTolerance, accuracyLoss } };
    });
  }

  /** The one file of the cache. */
  get cacheFile(): string {
    const names = readdirSync(this.cacheDir).filter((entry) => entry !== 'openvino');
    if (names.length !== 1) throw new Error(`the cache has ${names.join(', ')}`);
    return join(this.cacheDir, names[0] ?? '');
  }

  readCache(): CacheFile {
    return JSON.parse(readFileSync(this.cacheFile, 'utf8')) as CacheFile;
  }

  /** What was logged, but for what runs until it is measured. */
  get told(): Line[] {
    return this.log.filter(({ message }) => !message.startsWith('engine for now'));
  }

  /** What was logged of choices. */
  get choices(): Line[] {
    return this.log.filter(({ message }) => message.startsWith('engine chosen'));
  }
}

/** A new one for each test of a file, to be asked for in the test. */
export function choiceBenchPerTest(): () => ChoiceBench {
  let bench: ChoiceBench;
  beforeEach(async () => {
    bench = await ChoiceBench.open();
  });
  afterEach(() => bench.dispose());
  return () => bench;
}
