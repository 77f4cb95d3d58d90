import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Conversation, halfAPart } from '../support/conversation.js';
import { cells, root, upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { RegistryCopy } from '../support/registry.js';
import { imageForm } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';

let service: ServiceProcess | undefined;
afterEach(() => service?.kill('SIGKILL'));

describe('the process', { timeout: 120_000 }, () => {
  it('finishes what was admitted after SIGTERM, refuses the rest, and exits with 0', async () => {
    service = new ServiceProcess({});
    const url = await service.url();
    await service.line('model ready');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const files = Array.from({ length: 8 }, cells).flat();
    const answer = fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(files) });
    await expect
      .poll(async () => (await (await fetch(`${url}/metrics`)).text()).match(/in_flight (\d+)/)?.[1], {
        interval: 5,
      })
      .not.toBe('0');
    service.kill('SIGTERM');
    await service.line('stopping');
    // A new connection is refused; one that was kept gets a 503.
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    expect([undefined, 503]).toContain(ready?.status);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(((await response.json()) as { results: unknown[] }).results).toHaveLength(files.length);
    expect(await service.exit).toBe(0);
  });

  it('exits with 0 when it is stopped while its model loads', async () => {
    service = new ServiceProcess({});
    await service.url();
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('exits with 1 when it cannot finish in time', async () => {
    service = new ServiceProcess({ HEMOSERVE_SHUTDOWN_TIMEOUT_MS: '50', HEMOSERVE_MAX_BATCH_SIZE: '1' });
    const url = await service.url();
    await service.line('model ready');
    const files = Array.from({ length: 30 }, cells).flat();
    const answer = fetch(`${url}/v1/classify`, { method: 'POST', body: imageForm(files) }).catch(() => 'cut');
    await expect
      .poll(async () => (await (await fetch(`${url}/metrics`)).text()).match(/in_flight (\d+)/)?.[1], {
        interval: 5,
      })
      .not.toBe('0');
    service.kill('SIGTERM');
    expect(await service.exit).toBe(1);
    expect(await answer).toBe('cut');
  });

  it('writes one line a request, without file names', async () => {
    service = new ServiceProcess({});
    const url = await service.url();
    await service.line('model ready');
    const ask = (id: string, name: string) =>
      fetch(`${url}/v1/classify?model=inceptionv3`, {
        method: 'POST',
        headers: { 'x-request-id': id },
        body: imageForm([upload('cells/ig.jpg', name), upload('formats/text.jpg', name)]),
      });
    await ask('first', 'Jane-Doe-1970.jpg');
    await fetch(`${url}/patients/Jane-Doe-1970`, { headers: { 'x-request-id': 'second' } });
    // One that is answered while it still sends, and then cut off.
    const stalled = new Conversation(url, '?timeoutMs=100');
    await stalled.send(halfAPart());
    await stalled.response;
    stalled.request.write(Buffer.alloc(20_000_000));
    await once(stalled.request, 'close').catch(() => {});
    service.kill('SIGTERM');
    await service.exit;
    const requests = service.log.filter(({ msg }) => msg === 'request');
    expect(requests).toEqual([
      expect.objectContaining({
        requestId: 'first',
        method: 'POST',
        route: '/v1/classify',
        status: 200,
        images: 2,
        durationMs: expect.any(Number),
      }),
      expect.objectContaining({ requestId: 'second', status: 404, code: 'unknown_route' }),
      expect.objectContaining({ status: 504, code: 'deadline_exceeded' }),
    ]);
    expect(JSON.stringify(service.log)).not.toContain('Doe');
    expect(service.stderr).toBe('');
  });

  it('reads the registry again on SIGHUP', async () => {
    const registry = new GeneratedRegistry();
    try {
      await registry.add('small@1.0.0', { says: 'ig' });
      registry.setDefault('small@1.0.0');
      service = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
      const url = await service.url();
      const ask = async () => {
        const body = imageForm([upload('cells/neutrophil.jpg')]);
        const response = await fetch(`${url}/v1/classify`, { method: 'POST', body });
        return response.json();
      };
      await service.line('model ready');
      await registry.add('small@1.1.0', { says: 'monocyte', onnx: 'damaged' });
      registry.setDefault('small@1.1.0');
      service.kill('SIGHUP');
      const failure = await service.line('reload failed');
      expect(JSON.stringify(failure)).toContain('model small@1.1.0 refused: model.onnx: has 7 bytes');
      expect(await ask()).toMatchObject({ model: { version: '1.0.0' }, results: [{ class: 'ig' }] });
      await registry.add('small@1.1.0', { says: 'monocyte' });
      service.kill('SIGHUP');
      expect(await service.line('models reloaded')).toMatchObject({
        default: { name: 'small', version: '1.1.0' },
        retired: [{ name: 'small', version: '1.0.0' }],
      });
      expect(await ask()).toMatchObject({ model: { version: '1.1.0' }, results: [{ class: 'monocyte' }] });
      service.kill('SIGTERM');
      expect(await service.exit).toBe(0);
    } finally {
      registry.dispose();
    }
  });

  it('bears a SIGHUP before its libraries are loaded', async () => {
    service = new ServiceProcess({}, [
      ...[process.execPath, '--import', join(root, 'scripts', 'typescript.mjs')],
      ...['--import', join(root, 'test', 'support', 'hang-up-at-first-library.mjs')],
      join(root, 'src', 'main.ts'),
    ]);
    await service.line('model ready');
    expect(service.stderr).toBe('SIGHUP\n');
    service.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('warns where other machines reach it, and only there', async () => {
    for (const [host, warnings] of [
      ['0.0.0.0', 1],
      ['localhost', 0],
    ] as const) {
      service = new ServiceProcess({ HOST: host, HEMOSERVE_AUTH: 'none' });
      await service.line('model ready');
      const found = service.log.filter(({ msg }) => msg.startsWith('other machines reach this service'));
      expect(found, host).toHaveLength(warnings);
      for (const line of found) expect(line).toMatchObject({ level: 40, addresses: ['0.0.0.0'] });
      service.kill('SIGTERM');
      expect(await service.exit).toBe(0);
    }
  });

  it.each(['0.0.0.0', '::'])('does not start at %s where nobody is asked who they are', async (host) => {
    service = new ServiceProcess({ HOST: host });
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain(`HOST: other machines reach ${host}, and nobody is asked who they are`);
    expect(service.stderr).toContain('HEMOSERVE_AUTH=none');
    expect(service.log).toEqual([]);
  });

  it('warns of a folder of the registry that it skips', async () => {
    const registry = await GeneratedRegistry.withSmallModel();
    try {
      registry.write('small/1.1.0/model.onnx', 'still being copied');
      service = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
      await service.line('model ready');
      expect(await service.line('a folder of the registry is skipped')).toMatchObject({
        level: 40,
        folder: 'small/1.1.0',
        reason: 'manifest.json: missing',
      });
    } finally {
      registry.dispose();
    }
  });

  it('exits with 0 when it is stopped while it reloads', async () => {
    const registry = new RegistryCopy();
    try {
      service = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
      await service.line('model ready');
      registry.editManifest((manifest) => {
        manifest.intendedUse += ' Edited.';
      });
      service.kill('SIGHUP');
      await setTimeout(200);
      service.kill('SIGTERM');
      expect(await service.exit).toBe(0);
    } finally {
      registry.dispose();
    }
  });

  it('does not start with wrong settings, and lists them all', async () => {
    service = new ServiceProcess({ PORT: 'http', HEMOSERVE_MAX_FILES: '0' });
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain('PORT: ');
    expect(service.stderr).toContain('HEMOSERVE_MAX_FILES: ');
    expect(service.log).toEqual([]);
  });

  it.each([
    ['where its port is taken', (port: string) => ({ PORT: port }), 'EADDRINUSE'],
    [
      'with a wrong file',
      () => ({ HEMOSERVE_DIFFERENTIAL_FILE: '/dev/null' }),
      'HEMOSERVE_DIFFERENTIAL_FILE',
    ],
  ])('does not start %s, though its first load has begun, and says why', async (_where, settings, why) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    service = new ServiceProcess(settings(String((taken.address() as AddressInfo).port)));
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain(why);
    taken.close();
  });

  it('does not start without its model', async () => {
    service = new ServiceProcess({ HEMOSERVE_MODELS: 'inceptionv3@99.0.0' });
    expect(await service.exit).toBe(1);
    expect(service.stderr).toContain('model inceptionv3@99.0.0 refused: not in the registry');
  });
});
