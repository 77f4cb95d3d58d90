import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choiceBenchPerTest } from '../../support/choice-bench.js';
import { hasOpenVino, openvinoDir } from '../../support/openvino.js';

const bench = choiceBenchPerTest();

describe('a model starts', { timeout: 90_000 }, () => {
  it('on onnxruntime without a measurement, where nothing else is installed', async () => {
    expect(await bench().start()).toBe('onnxruntime float32');
    expect(existsSync(bench().cacheDir)).toBe(false);
    expect(bench().log).toEqual([]);
  });

  it('in the precision that is measured to be fastest, and says so', async () => {
    bench().addInt8();
    const chosen = await bench().start();
    const { measured } = bench().readCache();
    expect(measured.map(({ engine, precision }) => `${engine} ${precision}`).sort()).toEqual([
      'onnxruntime float32',
      'onnxruntime int8',
    ]);
    const [first, second] = measured;
    expect(first?.cropsPerS).toBeGreaterThanOrEqual(second?.cropsPerS ?? Number.NaN);
    // One that is about as fast stays.
    const runs = measured.find(({ engine, precision }) => chosen === `${engine} ${precision}`);
    expect(runs?.cropsPerS).toBeGreaterThan((first?.cropsPerS ?? Number.NaN) / 1.1 - 1);
    expect(bench().choices).toHaveLength(1);
    expect(bench().choices[0]?.message).toContain(`${first?.engine} ${first?.precision}`);
    expect(bench().choices[0]?.details).toEqual({
      measured,
      source: `measured now, kept in ${bench().cacheFile}`,
    });
    expect(await bench().start()).toBe(`${first?.engine} ${first?.precision}`);
  });

  it('as an earlier start measured', async () => {
    bench().addInt8();
    for (const precision of ['int8', 'float32'] as const) {
      await bench().start();
      const { measured, ...rest } = bench().readCache();
      const other = measured.filter((one) => one.precision !== precision);
      const first = measured.filter((one) => one.precision === precision);
      writeFileSync(bench().cacheFile, JSON.stringify({ ...rest, measured: [...first, ...other] }));
      expect(await bench().start()).toBe(`onnxruntime ${precision}`);
      expect(bench().choices.at(-1)?.details.source).toMatch(/^measured at an earlier start/);
    }
  });

  it('with a new measurement for other threads, another batch size and another network', async () => {
    bench().addInt8();
    await bench().start({ engineThreads: 1 });
    await bench().start({ engineThreads: 2 });
    await bench().start({ engineThreads: 2, maxBatchSize: 4 });
    bench().addInt8({ scale: 0.002 });
    await bench().start({ engineThreads: 2, maxBatchSize: 4 });
    expect(readdirSync(bench().cacheDir)).toHaveLength(4);
    for (const { details } of bench().choices) expect(details.source).toMatch(/^measured now/);
  });

  it('with a new measurement where the kept one is no JSON', async () => {
    bench().addInt8();
    await bench().start();
    writeFileSync(bench().cacheFile, '{"measured":');
    await bench().start();
    expect(bench().readCache().measured).toHaveLength(2);
  });

  it('whatever is in a folder that others may write into', async () => {
    bench().addInt8();
    await bench().start();
    const { measured, ...rest } = bench().readCache();
    const planted = measured.map((one) => ({ ...one, cropsPerS: one.precision === 'int8' ? 1e6 : 1 }));
    writeFileSync(bench().cacheFile, JSON.stringify({ ...rest, measured: planted.reverse() }));
    chmodSync(bench().cacheDir, 0o777);
    await bench().start();
    expect(bench().choices.at(-1)?.details.source).toBe('measured now, not kept');
    expect(bench().readCache().measured).toEqual(planted);
  });

  it('leaving no file behind where the measurement cannot be put in its place', async () => {
    bench().addInt8();
    await bench().start();
    const file = bench().cacheFile;
    rmSync(file);
    mkdirSync(join(file, 'in the way'), { recursive: true });
    await bench().start();
    expect(bench().cacheFile).toBe(file);
    expect(bench().choices.at(-1)?.details.source).toBe('measured now, not kept');
  });

  it('where the measurement cannot be kept', async () => {
    bench().addInt8();
    mkdirSync(bench().cacheDir);
    writeFileSync(join(bench().cacheDir, 'file'), '');
    expect(await bench().start({ cacheDir: join(bench().cacheDir, 'file') })).toMatch(/^onnxruntime/);
    expect(bench().told[0]?.message).toBe('the choice of the engine is not kept');
    expect(bench().choices[0]?.details.source).toBe('measured now, not kept');
  });

  it('without a precision whose golden outputs differ by more than its tolerance', async () => {
    bench().addInt8({ goldenTolerance: 0.001, scale: 1 });
    expect(await bench().start()).toBe('onnxruntime float32');
    expect(bench().told[0]).toMatchObject({ message: 'passed over', details: { precision: 'int8' } });
    expect(bench().told[0]?.details.reason).toMatch(/golden output .* \(tolerance 0\.001\)/);
    expect(bench().readCache().measured).toHaveLength(1);
  });

  it('without a precision that loses more than 0.1 points on the engine, or was never evaluated with it', async () => {
    for (const accuracyLoss of [{ onnxruntime: 0.0011, openvino: 0 }, { openvino: 0 }, {}]) {
      bench().addInt8({ accuracyLoss });
      expect(await bench().start()).toBe('onnxruntime float32');
    }
    bench().editManifest((manifest) => {
      delete manifest.precisions?.int8?.accuracyLoss;
    });
    expect(await bench().start()).toBe('onnxruntime float32');
    expect(existsSync(bench().cacheDir)).toBe(false);
    expect(await bench().start({ engine: 'onnxruntime', precision: 'int8', evaluating: true })).toBe(
      'onnxruntime int8',
    );
  });

  it('whatever another engine loses in the precision', async () => {
    bench().addInt8({ accuracyLoss: { onnxruntime: 0.001, openvino: 0.0015 } });
    expect(await bench().start({ precision: 'int8' })).toBe('onnxruntime int8');
  });

  it('in the precision of the settings', async () => {
    bench().addInt8();
    expect(await bench().start({ precision: 'int8' })).toBe('onnxruntime int8');
    expect(await bench().start({ precision: 'float32' })).toBe('onnxruntime float32');
    expect(existsSync(bench().cacheDir)).toBe(false);
  });

  it.skipIf(!hasOpenVino)('on the faster one of two engines (skipped without openvino:setup)', async () => {
    await bench().start({ openvinoDir });
    const { measured } = bench().readCache();
    expect(measured.map(({ engine }) => engine).sort()).toEqual(['onnxruntime', 'openvino']);
    expect(await bench().start({ openvinoDir })).toBe(`${measured[0]?.engine} float32`);
    expect(await bench().start({ openvinoDir, engine: 'openvino' })).toBe('openvino float32');
  });

  it.skipIf(!hasOpenVino)('with each engine in its own precisions (skipped without OpenVINO)', async () => {
    bench().addInt8({ accuracyLoss: { onnxruntime: 0.0011, openvino: 0.001 } });
    await bench().start({ openvinoDir });
    expect(
      bench()
        .readCache()
        .measured.map(({ engine, precision }) => `${engine} ${precision}`)
        .sort(),
    ).toEqual(['onnxruntime float32', 'openvino float32', 'openvino int8']);
  });

  it('on onnxruntime where OpenVINO is there and does not load', async () => {
    mkdirSync(bench().cacheDir);
    writeFileSync(join(bench().cacheDir, 'libopenvino_c.so.2641'), 'no library');
    expect(await bench().start({ openvinoDir: bench().cacheDir })).toBe('onnxruntime float32');
    expect(bench().told[0]?.message).toBe('openvino is installed, but does not load');
  });
});
