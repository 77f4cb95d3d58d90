import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { softmax } from '../../src/classify/probabilities.js';
import type { Manifest } from '../../src/registry/manifest.js';
import type { TrustData } from '../../src/registry/trust-data.js';
import { CLASSES } from './fixtures.js';
import { meanColourNetwork } from './onnx.js';

/** Of the networks' input, in pixels. */
export const SIDE = 32;
const GOLDEN_COLOUR = [200, 100, 50];
/** Per channel, the weight of each class where the crop decides: any will do, if the classes differ. */
export const WEIGHTS = [0.02, -0.01, 0.005].map((scale) => CLASSES.map((_, index) => scale * (index - 3.5)));
/** Of each channel's mean, for the class that a model says of every crop; the others have none. */
const WEIGHT = 0.01;

/** trust.json and trust.bin of a generated version. */
export interface GeneratedTrust {
  data: TrustData;
  arrays: Uint8Array;
}

export interface GeneratedModel {
  /** The class that it gives every crop, so that an answer shows which model it is from. Without it the crop decides. */
  says?: string;
  architecture?: string;
  /** Whether it gives activation maps, one of 32 x 32 values for each class. */
  activationMaps?: boolean;
  /** Probabilities of the golden image, where they are to be wrong. */
  golden?: number[];
  /** The network's file, where it is to be damaged; its hash is that of a good one. */
  onnx?: string;
  /** Per channel, the weight of each class, in place of WEIGHTS. */
  weights?: number[][];
  /** What its answers are judged against; see generated-trust.ts. */
  trust?: GeneratedTrust;
}

/** A registry of generated networks of some 500 bytes, which load at once. */
export class GeneratedRegistry {
  readonly folder = mkdtempSync(join(tmpdir(), 'hemoserve-registry-'));

  /** With `small@1.0.0`, a real network that takes microseconds, for tests of thousands of crops. */
  static async withSmallModel(): Promise<GeneratedRegistry> {
    const registry = new GeneratedRegistry();
    await registry.add('small@1.0.0');
    registry.setDefault('small@1.0.0');
    return registry;
  }

  /** Adds `name@version`, or writes its folder anew. */
  async add(
    model: string,
    {
      says,
      architecture = 'mean-colour',
      activationMaps = false,
      golden,
      onnx,
      trust,
      weights: own = WEIGHTS,
    }: GeneratedModel = {},
  ): Promise<void> {
    const [name = '', version = ''] = model.split('@');
    const row = CLASSES.map((className) => (className === says ? WEIGHT : 0));
    const weights = says ? [row, row, row] : own;
    const logits = CLASSES.map((_, index) =>
      weights.reduce(
        (sum, ofClass, channel) => sum + (ofClass[index] ?? 0) * (GOLDEN_COLOUR[channel] ?? 0),
        0,
      ),
    );
    const files: Record<string, string | Uint8Array> = {
      'model.onnx': meanColourNetwork(SIDE, weights, { activationMaps }),
      'golden.json': JSON.stringify([
        { image: 'golden.png', probabilities: golden ?? [...softmax(Float32Array.from(logits), 1)] },
      ]),
      'golden.png': await solidColour(GOLDEN_COLOUR),
      ...(trust && { 'trust.json': JSON.stringify(trust.data), 'trust.bin': trust.arrays }),
    };
    const manifest: Manifest = {
      formatVersion: 1,
      name,
      version,
      architecture,
      classes: CLASSES,
      input: { name: 'crops', dataType: 'uint8', layout: 'NHWC', width: SIDE, height: SIDE, channels: 3 },
      preprocessing: { fit: 'fill', kernel: 'lanczos3', colorSpace: 'srgb', background: [255, 255, 255] },
      normalization: 'in-graph',
      outputs: {
        logits: 'logits',
        features: 'features',
        featureCount: 3,
        ...(activationMaps && { activationMaps: { name: 'activationMaps', width: SIDE, height: SIDE } }),
      },
      calibration: { method: 'temperature', temperature: 1 },
      onnx: 'model.onnx',
      golden: { file: 'golden.json', tolerance: 0.001 },
      ...(trust && { trust: { file: 'trust.json' } }),
      files: Object.fromEntries(Object.entries(files).map(([path, content]) => [path, fileEntry(content)])),
      training: {
        dataset: 'none',
        fingerprint: '0'.repeat(64),
        cropCount: 1,
        split: 'none',
        commit: '0'.repeat(40),
        command: 'none',
      },
      metrics: {
        part: 'validation',
        n: 1,
        accuracy: { value: 0, lower95: 0, upper95: 1 },
        macroF1: 0,
        expectedCalibrationError: 0,
        recall: {},
      },
      licences: { data: 'none', weights: 'Apache-2.0' },
      intendedUse: 'Tests',
    };
    if (onnx !== undefined) files['model.onnx'] = onnx;
    for (const [path, content] of Object.entries(files)) this.write(`${name}/${version}/${path}`, content);
    // Last, as whoever drops a version into a registry in use should.
    this.write(`${name}/${version}/manifest.json`, JSON.stringify(manifest));
  }

  setDefault(model: string): void {
    const [name, version] = model.split('@');
    this.write('default.json', JSON.stringify({ name, version }));
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As large as the network's input, so that nothing is resized. */
function solidColour([r = 0, g = 0, b = 0]: number[]): Promise<Buffer> {
  const image = { width: SIDE, height: SIDE, channels: 3 as const, background: { r, g, b } };
  return sharp({ create: image }).png().toBuffer();
}

function fileEntry(content: string | Uint8Array): { sha256: string; sizeBytes: number } {
  const bytes = Buffer.from(content as Uint8Array);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}
