import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFixture } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { ServiceProcess } from '../support/service-process.js';

/** The nice value of a thread, by proc(5): the 19th field, of which the second one is a name in brackets. */
function niceOf(pid: number, thread: string): number {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

describe.runIf(process.platform === 'linux')('the event loop', () => {
  let registry: GeneratedRegistry;
  let service: ServiceProcess;
  beforeAll(async () => {
    registry = await GeneratedRegistry.withSmallModel();
    service = new ServiceProcess({ HEMOSERVE_MODELS_DIR: registry.folder });
  });
  afterAll(() => {
    service.kill('SIGKILL');
    registry.dispose();
  });

  it('goes before every thread that decodes and infers, also those that came later', async () => {
    const url = await service.url();
    await service.line('model ready');
    const headers = { 'content-type': 'image/jpeg' };
    const body = readFixture('cells/ig.jpg');
    expect((await fetch(`${url}/v1/classify`, { method: 'POST', headers, body })).status).toBe(200);
    const { pid } = service;
    const own = niceOf(pid, String(pid));
    const others = () =>
      readdirSync(`/proc/${pid}/task`)
        .filter((thread) => thread !== String(pid))
        .map((thread) => niceOf(pid, thread) - own);
    await expect.poll(() => new Set(others()), { timeout: 10_000 }).toEqual(new Set([5]));
    expect(others().length).toBeGreaterThan(4);
  });
});
