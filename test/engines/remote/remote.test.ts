import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Problem } from '../../../src/errors/problem.js';
import type { Settings } from '../../../src/settings/schema.js';
import { cells, upload } from '../../support/fixtures.js';
import { GeneratedRegistry, SIDE, WEIGHTS } from '../../support/generated-registry.js';
import { type Fault, OipServer } from '../../support/oip-server.js';
import { meanColourNetwork } from '../../support/onnx.js';
import { type Service, startService } from '../../support/service.js';

const RECOVERED_MS = 5_000;

interface Answer {
  results: { probabilities: Record<string, number> }[];
}

let registry: GeneratedRegistry;
let remote: OipServer;
let service: Service | undefined;

beforeEach(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  remote = await OipServer.start(join(registry.folder, 'small/1.0.0/model.onnx'));
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  await remote.close();
  registry.dispose();
});

async function start(overrides: Partial<Settings> = {}): Promise<Service> {
  service = await startService({
    modelsDir: registry.folder,
    engine: 'remote',
    remoteUrl: remote.url,
    remoteTimeoutMs: 500,
    ...overrides,
  });
  return service;
}

const ready = async () => (await service?.request('/readyz'))?.status;
const recovered = () => vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: RECOVERED_MS });

describe('remote engine', () => {
  for (const asBytes of [true, false]) {
    it(`gives the answers of onnxruntime here, with tensors as ${asBytes ? 'bytes' : 'JSON'}`, async () => {
      remote.asBytes = asBytes;
      const here = await startService({ modelsDir: registry.folder });
      const there = await start();
      const answers = await Promise.all(
        [here, there].map(async (one) => (await (await one.classify(cells())).json()) as Answer),
      );
      await here.close();
      expect(answers[1]?.results).toEqual(answers[0]?.results);
      const { models } = (await (await there.request('/v1/models')).json()) as { models: object[] };
      expect(models[0]).toMatchObject({ engine: { name: 'remote', version: 'test 1', device: 'remote' } });
    });
  }

  it('has several batches in flight, on connections that are kept', async () => {
    const { classify } = await start({ remoteConcurrency: 3, maxBatchSize: 2 });
    remote.delayMs = 50;
    const before = remote.connections.size;
    await Promise.all(Array.from({ length: 30 }, () => classify([upload('cells/ig.jpg')])));
    expect(remote.mostAtOnce).toBe(3);
    expect(remote.connections.size - before).toBeLessThanOrEqual(3);
    expect(remote.batches.reduce((sum, count) => sum + count)).toBeGreaterThan(30);
  });

  it('is called there as the settings say', async () => {
    await remote.close();
    const { onnx } = JSON.parse(readFileSync(join(registry.folder, 'small/1.0.0/manifest.json'), 'utf8'));
    remote = await OipServer.start(join(registry.folder, 'small/1.0.0', onnx), 'cells/versions/3');
    const { classify } = await start({
      remoteModels: { 'small@1.0.0': { name: 'cells', version: '3' } },
    });
    expect((await classify([upload('cells/ig.jpg')])).status).toBe(200);
  });

  const faults: Record<Fault, [number, string, string]> = {
    'hangs up': [503, 'engine_unavailable', 'The remote engine cannot be reached.'],
    slow: [503, 'engine_unavailable', 'The remote engine did not answer within 500 ms.'],
    'status 500': [503, 'engine_unavailable', 'The remote engine failed with status 500.'],
    'status 503': [503, 'engine_unavailable', 'The remote engine failed with status 503.'],
    'model missing': [
      503,
      'engine_unavailable',
      'The remote engine does not have the model ready (status 400).',
    ],
    'refuses batches': [502, 'engine_wrong_answer', 'it refused the batch with status 400'],
    'wrong shape': [502, 'engine_wrong_answer', 'logits is FP32 of shape [1,7], not FP32 of shape [1,8]'],
    'wrong data type': [502, 'engine_wrong_answer', 'logits is INT32 of shape [1,8], not FP32'],
    'output missing': [502, 'engine_wrong_answer', 'it has no output logits'],
    'no numbers': [502, 'engine_wrong_answer', 'its logits are no numbers'],
    garbage: [502, 'engine_wrong_answer', 'The message cannot be read: it is no JSON'],
    'cut off': [503, 'engine_unavailable', 'The remote engine cannot be reached.'],
    endless: [502, 'engine_wrong_answer', 'it is too long'],
  };
  for (const [fault, [status, code, detail]] of Object.entries(faults)) {
    it(`answers ${code} when the remote has the fault "${fault}", and is ready once it is over`, async () => {
      const { classify } = await start();
      remote.fault = fault as Fault;
      const answer = await classify([upload('cells/ig.jpg')]);
      const problem = (await answer.json()) as Problem;
      expect(problem).toMatchObject({ status, code });
      expect(problem.detail).toContain(detail);
      expect(problem.detail).not.toContain('127.0.0.1');
      await vi.waitFor(async () => expect(await ready()).toBe(503), { timeout: 2_000 });
      const next = (await (await classify([upload('cells/ig.jpg')])).json()) as Problem;
      expect(next.status).toBeGreaterThanOrEqual(502);
      remote.fault = undefined;
      await recovered();
      expect((await classify([upload('cells/ig.jpg')])).status).toBe(200);
    });
  }

  it('is not ready while the remote is down, though nobody sends crops, and again once it is there', async () => {
    const { classify } = await start();
    const { port } = remote;
    await remote.close();
    await vi.waitFor(async () => expect(await ready()).toBe(503), { timeout: RECOVERED_MS });
    expect(await (await classify([upload('cells/ig.jpg')])).json()).toMatchObject({
      code: 'engine_unavailable',
      detail: 'The remote engine cannot be reached.',
    });
    await remote.listen(port);
    await recovered();
  });

  it('stays unavailable while another network answers in its place', async () => {
    const { classify } = await start();
    const { session } = remote;
    remote.session = await OipServer.load(
      meanColourNetwork(
        SIDE,
        WEIGHTS.map((row) => row.toReversed()),
      ),
    );
    remote.fault = 'model missing';
    await classify([upload('cells/ig.jpg')]);
    remote.fault = undefined;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await ready()).toBe(503);
    remote.session = session;
    await recovered();
  });

  it('waits at its start for a remote that is not ready', async () => {
    remote.fault = 'model missing';
    setTimeout(() => {
      remote.fault = undefined;
    }, 700);
    const { classify } = await start();
    expect((await classify([upload('cells/ig.jpg')])).status).toBe(200);
  });

  it('does not start where the remote stays away, has another model, or has another network', async () => {
    remote.fault = 'model missing';
    await expect(start({ remoteStartMs: 0 })).rejects.toThrow('does not have the model ready');
    remote.fault = undefined;
    remote.metadata = { inputs: [{ name: 'crops', datatype: 'FP32', shape: [-1, SIDE, SIDE, 3] }] };
    await expect(start()).rejects.toThrow("remote model's input crops is FP32 [-1,32,32,3]");
    remote.metadata = undefined;
    remote.session = await OipServer.load(
      meanColourNetwork(
        SIDE,
        WEIGHTS.map((row) => row.toReversed()),
      ),
    );
    await expect(start()).rejects.toThrow('golden output of golden.png');
  });
});
