import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encode } from 'bmp-ts';
import { afterEach, expect, it } from 'vitest';
import { decodeBmp } from '../src/images/bmp.js';
import { readFixture, root, upload } from './support/fixtures.js';
import { imageForm } from './support/service.js';
import { ServiceProcess } from './support/service-process.js';
import { SmallModelRegistry } from './support/small-model.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-turns-'));
let service: ServiceProcess | undefined;
let registry: SmallModelRegistry | undefined;
afterEach(() => {
  service?.kill('SIGKILL');
  registry?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A BMP of nearly the largest accepted size. */
function largeBmp(): Uint8Array<ArrayBuffer> {
  const [width, height] = [1800, 1900];
  const data = Buffer.alloc(width * height * 4, 128);
  return new Uint8Array(encode({ width, height, data, bitPP: 24 }).data);
}

const hasSchedstat = existsSync('/proc/self/schedstat');

it.runIf(hasSchedstat)('no turn of the event loop takes 20 ms under load', { timeout: 120_000 }, async () => {
  registry = await SmallModelRegistry.create();
  const file = join(folder, 'longest');
  service = new ServiceProcess({
    HEMOSERVE_MODELS_DIR: registry.folder,
    HEMOSERVE_CACHE_ENTRIES: '100',
    NODE_OPTIONS: `--import ${pathToFileURL(join(root, 'test', 'support', 'turn-probe.mjs')).href}`,
    TURN_PROBE_FILE: file,
  });
  const url = await service.url();
  await service.line('model ready');
  const classify = async (body: FormData | Uint8Array<ArrayBuffer>, type?: string) => {
    const headers = type ? { 'content-type': type } : {};
    const response = await fetch(`${url}/v1/classify`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    return response.text();
  };
  const jpeg = new Uint8Array(readFixture('cells/ig.jpg'));
  const bmp = largeBmp();
  const before = process.cpuUsage();
  decodeBmp(Buffer.from(bmp));
  const { user, system } = process.cpuUsage(before);
  const decodingMs = (user + system) / 1000;
  const many = () => imageForm(Array.from({ length: 500 }, () => upload('formats/small.png')));
  const load = async () => {
    await Promise.all([
      ...Array.from({ length: 32 }, () => classify(jpeg, 'image/jpeg')),
      ...Array.from({ length: 3 }, () => classify(bmp, 'image/bmp')),
      classify(many()),
    ]);
  };
  // The first requests are slower while the code is compiled.
  await load();
  await load();
  service.kill('SIGWINCH');
  await load();
  await load();
  service.kill('SIGTERM');
  expect(await service.exit).toBe(0);
  const longestMs = Number(readFileSync(file, 'utf8'));
  expect(longestMs).toBeGreaterThan(0);
  // On a machine that is busy CPU time runs faster too, for what a turn would take with a BMP's decoding in it.
  expect(longestMs).toBeLessThan(Math.max(20, decodingMs / 2));
});
