import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { open } from '../../support/raw-http.js';
import { type Service, startService } from '../../support/service.js';

const SLOW =
  'POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n' +
  'content-length: 10485760\r\n\r\n--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';

let registry: GeneratedRegistry;
let service: Service;
const sockets: Socket[] = [];
const answers: string[] = [];
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({ modelsDir: registry.folder, maxImagesInFlight: 16 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await service.close();
  registry.dispose();
});

/** Begins an upload of a byte each tenth of a second. */
function crawl(): void {
  const socket = open(service.port);
  sockets.push(socket);
  socket.on('data', (data) => answers.push(String(data).slice(9, 12)));
  socket.write(SLOW);
  const timer = setInterval(() => socket.write('x'), 100);
  socket.once('close', () => clearInterval(timer));
}

describe('300 bodies of a few bytes a second', () => {
  it('leave a place for another client, and are cut off for it', async () => {
    for (let index = 0; index < 300; index++) crawl();
    // All but the share of one address are refused, or cut off for one of the others.
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(300 - 12);
    expect(service.app.admission.held.images).toBe(12);
    await sleep(700);
    for (let index = 0; index < 20; index++) {
      expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    }
    expect(answers).toContain('408');
    expect(await service.metric('hemoserve_errors_total{code="request_timeout"}')).toBeGreaterThan(0);
  });

  it('are cut off after a while in any case', async () => {
    crawl();
    await expect.poll(() => service.app.admission.held.images).toBe(1);
    await expect.poll(() => service.app.admission.held.images, { timeout: 13_000 }).toBe(0);
  }, 20_000);
});
