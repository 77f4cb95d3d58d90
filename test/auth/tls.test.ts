import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadSettings } from '../../src/settings/load.js';
import { Certificates } from '../support/certificates.js';
import { upload } from '../support/fixtures.js';
import { GeneratedRegistry } from '../support/generated-registry.js';
import { imageForm, type Service, startService } from '../support/service.js';

const certificates = new Certificates();
const folder = mkdtempSync(join(tmpdir(), 'hemoserve-tls-'));
const files = {
  tlsCertificate: join(folder, 'server.pem'),
  tlsKey: join(folder, 'server.key'),
  tlsCa: certificates.ca,
};
/** Puts another certificate in the place of the server's. */
const use = (name: string) => {
  const { certificate, key } = certificates.issue(name);
  copyFileSync(key, files.tlsKey);
  copyFileSync(certificate, files.tlsCertificate);
};
let registry: GeneratedRegistry;
let service: Service;
let own: { cert: Buffer; key: Buffer };
beforeAll(async () => {
  use('first');
  const client = certificates.issue('client');
  own = { cert: readFileSync(client.certificate), key: readFileSync(client.key) };
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({ ...files, modelsDir: registry.folder });
});
afterAll(async () => {
  await service.close();
  registry.dispose();
  certificates.dispose();
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  server: string;
}

async function ask(agent: Agent, path = '/livez', form?: FormData): Promise<Answer> {
  const body = form && new Response(form);
  const sent = request({
    agent,
    port: service.port,
    host: '127.0.0.1',
    path,
    method: form ? 'POST' : 'GET',
    headers: body ? { 'content-type': body.headers.get('content-type') ?? '' } : {},
  });
  sent.end(body && Buffer.from(await body.arrayBuffer()));
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  const { subject } = (response.socket as TLSSocket).getPeerCertificate() as PeerCertificate;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
    server: String(subject?.CN),
  };
}

const agentOf = (options: object) =>
  new Agent({ ca: readFileSync(certificates.ca), keepAlive: true, maxCachedSessions: 0, ...options });

it('serves over TLS, and classifies', async () => {
  const agent = agentOf(own);
  const { status, headers, server } = await ask(agent);
  expect([status, server]).toEqual([200, 'first']);
  expect(headers['strict-transport-security']).toBe('max-age=31536000');
  const answer = await ask(agent, '/v1/classify', imageForm([upload('cells/ig.jpg')]));
  expect([answer.status, JSON.parse(answer.body).results.length]).toEqual([200, 1]);
  agent.destroy();
});

it('lets nobody connect without a certificate of the authority', async () => {
  await expect(ask(agentOf({}))).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/);
  const others = new Certificates();
  const other = others.issue('other');
  const stranger = { cert: readFileSync(other.certificate), key: readFileSync(other.key) };
  await expect(ask(agentOf(stranger))).rejects.toThrow(/unknown ca|ECONNRESET|socket hang up/);
  others.dispose();
});

it('uses a new certificate for new connections, while an old one goes on; a wrong one it does not use', async () => {
  const old = agentOf({ ...own, maxSockets: 1 });
  expect((await ask(old)).server).toBe('first');
  const fresh = async () => {
    const agent = agentOf({ ...own, keepAlive: false });
    return (await ask(agent)).server;
  };
  use('second');
  await vi.waitFor(async () => expect(await fresh()).toBe('second'), { timeout: 15_000, interval: 200 });
  expect((await ask(old)).server).toBe('first');
  const { log } = service.app;
  const errors = vi.spyOn(log, 'error');
  writeFileSync(files.tlsKey, readFileSync(certificates.issue('third').key));
  await vi.waitFor(() => expect(errors).toHaveBeenCalled(), { timeout: 15_000, interval: 200 });
  expect(await fresh()).toBe('second');
  use('fourth');
  await vi.waitFor(async () => expect(await fresh()).toBe('fourth'), { timeout: 15_000, interval: 200 });
  old.destroy();
});

it('ends the start with wrong files, and says why', async () => {
  const missing = { ...files, tlsKey: join(folder, 'missing.key') };
  await expect(startService(missing, { load: false })).rejects.toThrow('HEMOSERVE_TLS_CERTIFICATE: ENOENT');
  const other = certificates.issue('fifth');
  const mixed = { ...files, tlsKey: other.key };
  await expect(startService(mixed, { load: false })).rejects.toThrow(/HEMOSERVE_TLS_CERTIFICATE: .*key/);
  expect(() => loadSettings({ HEMOSERVE_TLS_CERTIFICATE: 'a' })).toThrow('HEMOSERVE_TLS_KEY: expected both');
});
