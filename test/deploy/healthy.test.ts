import { spawn } from 'node:child_process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Certificates } from '../support/certificates.js';
import { root } from '../support/fixtures.js';
import { type Service, startService } from '../support/service.js';

const ca = new Certificates();
const stranger = new Certificates();
let service: Service;
afterEach(() => service.close());
afterAll(() => {
  ca.dispose();
  stranger.dispose();
});

/** What the images' health check ends with, and says. */
async function check(environment: Record<string, string> = {}, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOST: '0.0.0.0', PORT: String(service.port), ...environment };
  const child = spawn('node', ['scripts/healthy.mjs', ...args], { cwd: root, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, said: said.trim() };
}

/** The settings, and the variables that say the same. */
function tls(certificates: Certificates, authority?: Certificates) {
  const { certificate: tlsCertificate, key: tlsKey } = certificates.issue('server');
  const environment = { HEMOSERVE_TLS_CERTIFICATE: tlsCertificate, HEMOSERVE_TLS_KEY: tlsKey };
  if (!authority) return { settings: { tlsCertificate, tlsKey }, environment };
  const settings = { tlsCertificate, tlsKey, tlsCa: authority.ca };
  return { settings, environment: { ...environment, HEMOSERVE_TLS_CA: authority.ca } };
}

describe('scripts/healthy.mjs', () => {
  it('is healthy once the model is there, or with another path while it is not', async () => {
    service = await startService({}, { load: false });
    expect(await check()).toEqual({ code: 1, said: '503' });
    expect(await check({}, '/livez')).toEqual({ code: 0, said: '200' });
    await service.app.modelHost.load();
    expect(await check()).toEqual({ code: 0, said: '200' });
  });

  it('is not where nobody listens', async () => {
    service = await startService({}, { load: false });
    const { port } = service;
    await service.close();
    expect(await check({ PORT: String(port) })).toMatchObject({ code: 1, said: expect.stringMatching(/./) });
  });

  it('speaks TLS where the service does', async () => {
    const { settings, environment } = tls(ca);
    service = await startService(settings);
    expect(await check(environment)).toEqual({ code: 0, said: '200' });
    expect((await check()).code).toBe(1);
  });

  it("shows the service's own certificate with mutual TLS", async () => {
    const { settings, environment } = tls(ca, ca);
    service = await startService(settings, { load: false });
    expect(await check(environment)).toEqual({ code: 1, said: '503' });
    await service.app.modelHost.load();
    expect(await check(environment)).toEqual({ code: 0, said: '200' });
  });

  it('sees only that the service is alive where the authority refuses that one', async () => {
    const { settings, environment } = tls(ca, stranger);
    service = await startService(settings, { load: false });
    expect(await check(environment)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^alive: /),
    });
  });
});
