import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addKey } from '../../src/auth/keys-file.js';
import { readFixture } from '../support/fixtures.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-calls-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every call of a process and its children that names an address or a path. */
const strace = (out: string) => [
  'strace',
  // As a process apart, so that the service is this one's child and gets its signals.
  '-D',
  '-f',
  '-ff',
  '-qq',
  '-s',
  '256',
  '-e',
  CALLS,
  '-o',
  join(folder, out),
];
const CALLS =
  'trace=%network,openat,open,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,stat,newfstatat,statx,access';

function callsOf(out: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${out}.`))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
}

/** Calls that leave the process for another machine or for the resolver (nscd, or DNS itself). */
function outward(calls: string[]): string[] {
  return calls.filter(
    (call) => /^(connect|sendto|sendmsg|sendmmsg)\(/.test(call) && /AF_INET|nscd/.test(call),
  );
}

// Needs strace and what `npm run build` makes; it takes half a minute: npm run test:calls.
describe.skipIf(!process.env.HEMOSERVE_TEST_CALLS)('the built service', () => {
  it('the trace shows a look-up of a name', { timeout: 60_000 }, () => {
    const script = "require('node:dns').lookup('hemoserve.example', () => {})";
    const [command = '', ...args] = strace('control');
    const { status } = spawnSync(command, [...args, process.execPath, '-e', script]);
    expect(status).toBe(0);
    expect(outward(callsOf('control'))).not.toEqual([]);
  });

  it('calls nobody in its start and 100 requests, and opens no path of theirs', {
    timeout: 300_000,
  }, async () => {
    const keysFile = join(folder, 'keys.json');
    const key = await addKey(keysFile, { name: 'a', scopes: ['classify', 'read', 'verify', 'metrics'] });
    const environment = {
      HEMOSERVE_ENGINE: 'auto',
      HEMOSERVE_PRECISION: 'auto',
      HEMOSERVE_KEYS_FILE: keysFile,
      HEMOSERVE_AUDIT_DIR: join(folder, 'audit'),
      HEMOSERVE_CACHE_DIR: join(folder, 'cache'),
      HEMOSERVE_DATABASE: join(folder, 'slides.db'),
      HEMOSERVE_CROP_IMAGES_DIR: join(folder, 'crops'),
      HOME: folder,
    };
    const service = new ServiceProcess(environment, [...strace('service'), 'scripts/start.sh']);
    const url = await service.url();
    await service.line('model ready');
    const headers = { authorization: `Bearer ${key}` };
    const image = new Uint8Array(readFixture('cells/ig.jpg'));
    /** Where it came from, in whatever a request has. */
    const mark = 'mark4711';
    const path = `..%2f..%2f${mark}`;
    const send = (to: string, init: RequestInit = {}) =>
      fetch(`${url}${to}`, { ...init, headers: { ...headers, ...(init.headers as object) } });
    for (let i = 0; i < 80; i++) {
      const form = new FormData();
      form.append('image', new File([image], `../../${mark}.jpg`));
      const { status } = await send('/v1/classify', { method: 'POST', body: form });
      expect(status).toBe(200);
    }
    const json = { 'content-type': 'application/json' };
    const slide = (id: string) =>
      send('/v1/slides', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ id, specimenNumber: `../${mark}` }),
      });
    expect((await slide('s')).status).toBe(201);
    expect((await slide(`../${mark}`)).status).toBe(400);
    const odd = [
      `/v1/models/${path}/versions/${path}`,
      `/v1/models/inceptionv3/versions/${path}`,
      `/v1/slides/${path}`,
      `/v1/slides/${path}/crops/${path}/image`,
      `/v1/slides/s/crops/${path}/image`,
      `/v1/slides/s?format=${path}`,
      `/docs/static/${path}`,
      `/docs/static/../../${mark}`,
      `/assets/${path}`,
      `/${mark}`,
      `/%2e%2e/${mark}`,
    ];
    for (const to of odd) expect((await send(to)).status, to).toBeGreaterThanOrEqual(400);
    for (const query of [`model=${path}`, `model=inceptionv3&version=${path}`, `source=${path}`]) {
      await send(`/v1/classify?${query}`, {
        method: 'POST',
        body: image,
        headers: {
          'content-type': 'image/jpeg',
          'idempotency-key': `../${mark}`,
          'x-request-id': `../${mark}`,
        },
      });
    }
    const crops = await send('/v1/slides/s/crops', {
      method: 'POST',
      body: image,
      headers: { 'content-type': 'image/jpeg' },
    });
    expect(crops.status).toBe(200);
    for (const to of ['/metrics', '/readyz', '/docs']) expect((await send(to)).status).toBe(200);
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);

    const calls = callsOf('service');
    expect(outward(calls)).toEqual([]);
    // What the trace has to show if it shows all.
    expect(calls.some((call) => /^(bind|listen)\(/.test(call))).toBe(true);
    expect(calls.some((call) => call.includes('/slide-s'))).toBe(true);
    const ofPaths = calls.filter((call) => !/^(recv|send|accept|read|write)/.test(call));
    expect(ofPaths.filter((call) => call.includes(mark))).toEqual([]);
  });
});
