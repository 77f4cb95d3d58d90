import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Problem } from '../../src/errors/problem.js';
import { preprocess } from '../../src/images/preprocess.js';
import { CLASSES, cells, fixture, readFixture, upload } from '../support/fixtures.js';
import { type Peer, peersDir, pythonProgram, startMlServer, startTriton } from '../support/peers.js';
import { type Service, startService } from '../support/service.js';

interface Answer {
  results: { class: string; probabilities: Record<string, number>; decision?: string }[];
}

const withPeers = describe.skipIf(!process.env.HEMOSERVE_TEST_OIP);

/** Of a probability, between onnxruntime's releases here and there. */
const DIGITS = 4;

async function answersOf(service: Service): Promise<Answer> {
  return (await (await service.classify(cells())).json()) as Answer;
}

function rows({ results }: Answer): number[][] {
  return results.map(({ probabilities }) => CLASSES.map((name) => probabilities[name] ?? Number.NaN));
}

withPeers('tritonclient', () => {
  it('gets from us what /v1/classify answers, from images and from preprocessed crops', async () => {
    const service = await startService();
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-crops-'));
    try {
      const answers = await answersOf(service);
      const { manifest } = service.app.modelHost.registry().defaultVersion;
      const pixels = await Promise.all(
        CLASSES.map((name) => preprocess(readFixture(`cells/${name}.jpg`), manifest, 1_000_000)),
      );
      writeFileSync(join(folder, 'crops'), Buffer.concat(pixels));
      const images = CLASSES.map((name) => fixture(`cells/${name}.jpg`));
      const { stdout } = await promisify(execFile)(pythonProgram('.venv', 'python'), [
        join(peersDir, 'client.py'),
        `127.0.0.1:${service.port}`,
        manifest.name,
        join(folder, 'crops'),
        ...images,
      ]);
      const said = JSON.parse(stdout);
      expect(said).toMatchObject({ live: true, ready: true, modelReady: true, unknownReady: false });
      expect(said.server.extensions).toEqual(['binary_tensor_data']);
      expect(said.refused).toContain('The input is crops, UINT8 [8,159,160,3]; expected one input');
      const expected = {
        probabilities: rows(answers).map((row) => [...Float32Array.from(row)]),
        class: answers.results.map((result) => result.class),
        decision: answers.results.map((result) => result.decision),
      };
      expect(said.cropsAsBytes).toEqual(expected);
      expect(said.imagesAsBytes).toEqual(expected);
      // As JSON they are not rounded to float32 by us, but by the client.
      expect(said.cropsAsJson.probabilities).toEqual(expected.probabilities.slice(0, 2));
    } finally {
      await service.close();
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});

const FAULTS = [
  ['error', 503, 'engine_unavailable', 'failed with status 500'],
  ['slow', 503, 'engine_unavailable', 'did not answer within 5000 ms'],
  ['shape', 502, 'engine_wrong_answer', 'logits is FP32 of shape [1,7]'],
  ['datatype', 502, 'engine_wrong_answer', 'logits is INT32'],
] as const;

for (const { name, startPeer, tensors, faults } of [
  // Triton sends every output in the data type that its configuration says, whatever the network gave.
  { name: 'Triton', startPeer: startTriton, tensors: 'bytes', faults: FAULTS.slice(0, 3) },
  { name: 'MLServer', startPeer: startMlServer, tensors: 'JSON', faults: FAULTS },
]) {
  withPeers(`a real ${name} runs the default model`, () => {
    let peer: Peer;
    let service: Service;
    let expected: number[][];
    beforeAll(async () => {
      const here = await startService();
      expected = rows(await answersOf(here));
      const { manifest } = here.app.modelHost.registry().defaultVersion;
      await here.close();
      peer = await startPeer();
      service = await startService({
        engine: 'remote',
        remoteUrl: `http://127.0.0.1:${peer.port}`,
        remoteModels: { [manifest.name]: { name: 'cells' } },
        remoteTimeoutMs: 5_000,
      });
    }, 180_000);
    afterEach(() => peer.fail(undefined));
    afterAll(async () => {
      await service?.close();
      await peer?.close();
    });

    const ready = async () => (await service.request('/readyz')).status;
    const problem = async () => (await (await service.classify([upload('cells/ig.jpg')])).json()) as Problem;
    const untilReady = (status: number) =>
      vi.waitFor(async () => expect(await ready()).toBe(status), { timeout: 20_000, interval: 100 });
    const works = async () => {
      await untilReady(200);
      expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    };

    it(`gives the probabilities of onnxruntime in this process, with tensors as ${tensors}`, async () => {
      const actual = rows(await answersOf(service));
      for (const [row, values] of actual.entries()) {
        for (const [index, value] of values.entries()) {
          expect(value).toBeCloseTo(expected[row]?.[index] ?? Number.NaN, DIGITS);
        }
      }
      expect(service.app.modelHost.classifier().session.description.name).toBe('remote');
    });

    it.each(faults)(
      'the fault "%s" is a %i %s, and over once the network is well',
      async (fault, status, code, words) => {
        peer.fail(fault);
        expect(await problem()).toMatchObject({ status, code, detail: expect.stringContaining(words) });
        peer.fail(undefined);
        await works();
      },
      60_000,
    );

    it('hangs: an answer in time is a 503, and all is well once it goes on', async () => {
      peer.kill('SIGSTOP');
      expect(await problem()).toMatchObject({
        code: 'engine_unavailable',
        detail: 'The remote engine did not answer within 5000 ms.',
      });
      expect(await ready()).toBe(503);
      peer.kill('SIGCONT');
      await works();
    }, 60_000);

    it('is killed, and comes back without a restart of the service', async () => {
      peer.kill('SIGKILL');
      await untilReady(503);
      expect(await problem()).toMatchObject({
        code: 'engine_unavailable',
        detail: 'The remote engine cannot be reached.',
      });
      await peer.restart();
      await works();
    }, 180_000);
  });
}
