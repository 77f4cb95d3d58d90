import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { cells, upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { imageForm, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

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

it('a worker thread that dies is started again, and the service goes on', { timeout: 60_000 }, async () => {
  const workers: Worker[] = [];
  const keep = (worker: Worker) => workers.push(worker);
  process.on('worker', keep);
  undo.push(() => process.off('worker', keep));
  const service = await startService({});
  undo.push(() => service.close());
  // One of each kind: inference, BMPs, image measures.
  const files = [...cells(), upload('formats/rgb24.bmp')];
  expect((await service.classify(files)).status).toBe(200);
  const killed = workers.splice(0);
  expect(killed.length).toBeGreaterThanOrEqual(3);
  await Promise.all(killed.map((worker) => worker.terminate()));
  const startMs = performance.now();
  await expect
    .poll(
      async () => {
        const { status } = await service.classify(files);
        expect([200, 503]).toContain(status);
        return status;
      },
      { timeout: RECOVERY_MS, interval: 50 },
    )
    .toBe(200);
  console.log(`answers again ${Math.round(performance.now() - startMs)} ms after its threads died`);
  expect(workers.length).toBeGreaterThan(0);
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
