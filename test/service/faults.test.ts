import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { cells, upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { imageForm, type Service, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';
import { TIMED } from '../support/timed.js';

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const RECOVERY_MS = 5_000;

let folder: string;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function temporaryFolder(): string {
  folder = mkdtempSync(join(tmpdir(), 'hemoserve-faults-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function smallModel(): Promise<string> {
  const registry = await GeneratedRegistry.withSmallModel();
  undo.push(() => registry.dispose());
  return registry.folder;
}

async function startProcess(environment: Record<string, string>) {
  const service = new ServiceProcess(environment);
  undo.push(() => service.kill('SIGKILL'));
  const url = await service.url();
  await service.line('model ready');
  return { service, url };
}

function classify(url: string, files = [upload('cells/ig.jpg')]): Promise<Response> {
  return fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(files) });
}

describe('worker threads', () => {
  // One of each kind: inference, BMPs, image measures.
  const files = [...cells(), upload('formats/rgb24.bmp')];
  const workers = new Set<Worker>();
  const keep = (worker: Worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  let service: Service;
  beforeAll(async () => {
    process.on('worker', keep);
    service = await startService({});
    expect((await service.classify(files)).status).toBe(200);
    expect(workers.size).toBeGreaterThanOrEqual(3);
  });
  afterAll(async () => {
    process.off('worker', keep);
    await service.close();
  });

  const kill = async () => {
    await Promise.all([...workers].map((worker) => worker.terminate()));
  };

  /** Milliseconds until the answer is 200 again; until then it is 503, with a code, and says when to come again. */
  const recovery = async () => {
    const startMs = performance.now();
    const again = async () => {
      const response = await service.classify(files);
      if (response.status !== 200) await expectUnavailable(response);
      return response.status;
    };
    await expect.poll(again, { timeout: RECOVERY_MS, interval: 50 }).toBe(200);
    return Math.round(performance.now() - startMs);
  };

  const expectUnavailable = async (response: Response, codes = ['engine_unavailable', 'worker_died']) => {
    const { code } = (await response.json()) as { code: string };
    expect([response.status, codes]).toEqual([503, expect.arrayContaining([code])]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  };

  it('that die while they are idle are started again', { timeout: 60_000 }, async () => {
    await kill();
    console.log(`answers again ${await recovery()} ms after its threads died`);
  });

  it('of the engine that dies with a batch is a 503, and is started again', {
    ...TIMED,
    timeout: 60_000,
  }, async () => {
    const { session } = service.app.modelHost.classifier();
    const run = session.run.bind(session);
    const spy = vi.spyOn(session, 'run').mockImplementationOnce((...batch) => {
      // Within the inference it would take the process along, as decision 2 says; so just before.
      void kill();
      return run(...batch);
    });
    undo.push(() => spy.mockRestore());
    const [refused] = await Promise.all([
      service.classify(cells()),
      expect.poll(() => spy.mock.calls.length).toBe(1),
    ]);
    await expectUnavailable(refused, ['engine_unavailable']);
    await expectUnavailable(await service.request('/readyz'), ['engine_unavailable']);
    console.log(`answers again ${await recovery()} ms after its threads died with a batch`);
    expect((await service.request('/readyz')).status).toBe(200);
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
  });

  it('of the engine that dies while it starts again is started once more', {
    ...TIMED,
    timeout: 60_000,
  }, async () => {
    const before = [...workers];
    await kill();
    await expect
      .poll(() => [...workers].filter((worker) => !before.includes(worker)).length)
      .toBeGreaterThan(0);
    await kill();
    await recovery();
  });
});

it('SIGTERM under full load loses none of the admitted requests', { timeout: 60_000 }, async () => {
  const { service, url } = await startProcess({ HEMOSERVE_MODELS_DIR: await smallModel() });
  let stopping = false;
  const outcomes = { answered: 0, refused: 0, cutOff: 0 };
  const client = async () => {
    while (!stopping || service.running) {
      // Only a connection that was made may lose a request.
      const response = await classify(url).catch((error: Error) => {
        const { code } = (error.cause ?? {}) as { code?: string };
        if (code === 'ECONNREFUSED') return undefined;
        // A connection that was kept, and closed before the request was read.
        if (['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code ?? '')) return undefined;
        throw error;
      });
      if (!response) return;
      const body = await response.text().catch(() => undefined);
      if (body === undefined) outcomes.cutOff += 1;
      else if (response.status === 200) outcomes.answered += 1;
      else if (response.status === 503) outcomes.refused += 1;
      else throw new Error(`${response.status} ${body}`);
    }
  };
  const clients = Array.from({ length: 32 }, client);
  await expect.poll(() => outcomes.answered, { timeout: 20_000 }).toBeGreaterThan(100);
  const lines = () => service.log.filter(({ msg, status }) => msg === 'request' && status === 200).length;
  service.kill('SIGTERM');
  stopping = true;
  expect(await service.exit).toBe(0);
  await Promise.all(clients);
  expect(outcomes.cutOff).toBe(0);
  // Whatever the service answered, a client got.
  expect(outcomes.answered).toBe(lines());
  expect(service.log.filter(({ code }) => code === 'client_closed_request')).toEqual([]);
});

describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  it('is a 503 or 500 for slides, and nothing for the rest', { timeout: 60_000 }, async () => {
    const disk = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]);
    undo.push(() => execFileSync('umount', ['--lazy', disk]));
    const { service, url } = await startProcess({
      HEMOSERVE_MODELS_DIR: await smallModel(),
      HEMOSERVE_DATABASE: join(disk, 'hemoserve.db'),
    });
    const json = { 'content-type': 'application/json' };
    let slides = 0;
    const makeSlide = async () => {
      const body = JSON.stringify({ id: `slide-${slides++}`, specimenNumber: 'S-1' });
      return (await fetch(`${url}/v1/slides`, { method: 'POST', headers: json, body })).status;
    };
    expect(await makeSlide()).toBe(201);
    expect(() => writeFileSync(join(disk, 'rest'), Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
    // SQLite's last pages still take some.
    await expect.poll(makeSlide, { timeout: 20_000, interval: 1 }).toBeGreaterThanOrEqual(500);
    expect((await classify(url)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    rmSync(join(disk, 'rest'));
    await expect.poll(makeSlide, { timeout: 10_000 }).toBe(201);
    expect(service.stderr).toBe('');
  });
});

describe.skipIf(!existsSync(FAKETIME))('a clock that jumps', () => {
  it.each(['+1d', '-1d'])('by %s fails no request and cuts none off', { timeout: 60_000 }, async (jump) => {
    const clock = join(temporaryFolder(), 'clock');
    writeFileSync(clock, '+0');
    const { url } = await startProcess({
      HEMOSERVE_MODELS_DIR: await smallModel(),
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      // As the kernel: only the time of day jumps.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    const dateOf = async () => Date.parse((await fetch(`${url}/livez`)).headers.get('date') ?? '');
    expect(Math.abs((await dateOf()) - Date.now())).toBeLessThan(5_000);
    // Some are on their way when it jumps.
    const before = Array.from({ length: 5 }, () => classify(url, cells()));
    writeFileSync(clock, jump);
    const after = Array.from({ length: 5 }, () => classify(url, cells()));
    for (const response of await Promise.all([...before, ...after])) expect(response.status).toBe(200);
    await expect
      .poll(async () => Math.abs((await dateOf()) - Date.now()), { timeout: 5_000 })
      .toBeGreaterThan(80_000_000);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});
