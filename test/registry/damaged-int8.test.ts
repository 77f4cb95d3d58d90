import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/classify/classifier.js';
import { onnxRuntime } from '../../src/engines/onnxruntime/adapter.js';
import { readVersion } from '../../src/registry/version.js';
import { loadSettings } from '../../src/settings/load.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { modelsDir } from '../support/fixtures.js';
import { tensorRanges } from '../support/onnx.js';
import { SESSION_OPTIONS } from '../support/session-options.js';

/** Of the network's 22 million bytes. */
const FLIPPED_BITS = 20_000;

describe('the published int8 network', () => {
  let folder = '';

  /** Starts it with flipped bits in its kernels, whose hash the manifest has. */
  async function start(flippedBits: number): Promise<Classifier> {
    const { name, version } = JSON.parse(readFileSync(join(modelsDir, 'default.json'), 'utf8'));
    const published = join(modelsDir, name, version);
    folder = mkdtempSync(join(tmpdir(), 'hemoserve-damaged-'));
    for (const same of readdirSync(published)) {
      if (same !== 'model.int8.onnx') symlinkSync(join(published, same), join(folder, same));
    }
    const network = readFileSync(join(published, 'model.int8.onnx'));
    const kernels = tensorRanges(network).filter(({ start, end }) => end - start > 4096);
    const byteCount = kernels.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(byteCount).toBeGreaterThan(0.9 * network.length);
    let state = 1;
    for (let flipped = 0; flipped < flippedBits; flipped++) {
      // A generator of Numerical Recipes; the upper bits of its state are random enough.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      let place = Math.floor((state / 2 ** 32) * byteCount);
      const kernel = kernels.find(({ start, end }) => {
        if (place < end - start) return true;
        place -= end - start;
        return false;
      });
      const byte = (kernel?.start ?? 0) + place;
      network.writeUInt8(network.readUInt8(byte) ^ (1 << (flipped % 8)), byte);
    }
    writeFileSync(join(folder, 'model.int8.onnx'), network);
    const model = await readVersion(folder, name, version);
    model.manifest.files['model.int8.onnx'] = {
      sha256: createHash('sha256').update(network).digest('hex'),
      sizeBytes: network.length,
    };
    const load = () => onnxRuntime.load(model, { ...SESSION_OPTIONS, precision: 'int8' });
    return Classifier.start(model, load, loadSettings({}), createMetrics());
  }

  afterEach(() => rmSync(folder, { recursive: true }));

  it('says of the golden images what it said when it was published', async () => {
    const classifier = await start(0);
    await classifier.close();
  });

  it(`is refused with ${FLIPPED_BITS} flipped bits, even where its manifest has their hash`, async () => {
    await expect(start(FLIPPED_BITS)).rejects.toThrow(/golden output of/);
  });
});
