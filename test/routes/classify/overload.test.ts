import { once } from 'node:events';
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conversation, END, part } from '../../support/conversation.js';
import { cells, readFixture, upload } from '../../support/fixtures.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { type Service, startService } from '../../support/service.js';

let registry: GeneratedRegistry;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
});
afterAll(() => registry.dispose());

const crop = readFixture('cells/ig.jpg');

describe('over the bound of crops in work', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ modelsDir: registry.folder, maxImagesInFlight: 2 });
  });
  afterAll(() => service.close());

  it('requests get 503 with Retry-After at once, and the others their answer', async () => {
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => service.classify([upload('cells/ig.jpg')])),
    );
    const statuses = responses.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const response of responses.filter(({ status }) => status === 503)) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: 'overloaded' });
    }
  });

  it('one request of many files is slowed down, not refused', async () => {
    const response = await service.classify([...cells(), ...cells()]);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { results: unknown[] }).results).toHaveLength(16);
  });

  it('every permit comes back', async () => {
    await service.classify([upload('formats/text.jpg'), upload('formats/truncated.jpg')]);
    expect(await service.metric('hemoserve_images_in_flight')).toBe(0);
    expect(await service.metric('hemoserve_bytes_in_flight')).toBe(0);
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
  });
});

describe('over the bound of bytes in work', () => {
  const MAX_FILE_BYTES = 100_000;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      modelsDir: registry.folder,
      maxFileBytes: MAX_FILE_BYTES,
      maxBytesInFlight: 2 * MAX_FILE_BYTES,
      maxClientSharePercent: 100,
      timeoutMs: 2000,
    });
  });
  afterAll(async () => {
    agent.destroy();
    await service.close();
  });

  /** Sends the head of a request with one crop as its body, which then must be sent. */
  function begin(bytes: number, options: object = {}): ClientRequest {
    const request = httpRequest(`http://127.0.0.1:${service.port}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', 'content-length': bytes },
      ...options,
    });
    request.on('error', () => {});
    request.flushHeaders();
    return request;
  }

  const bytesInFlight = () => service.metric('hemoserve_bytes_in_flight');
  const response = async (request: ClientRequest) => (await once(request, 'response'))[0] as IncomingMessage;
  const padded = Buffer.concat([crop, Buffer.alloc(MAX_FILE_BYTES - crop.length)]);

  it('a request is refused by its head, before its body is sent', async () => {
    const [first, second] = [begin(MAX_FILE_BYTES), begin(MAX_FILE_BYTES)];
    await expect.poll(bytesInFlight).toBe(2 * MAX_FILE_BYTES);
    const refused = begin(crop.length, { agent });
    const answer = await response(refused);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    // The rest of its body may still come, and its connection carries the next request.
    refused.end(crop);
    answer.resume();
    await once(answer, 'close');
    first.end(padded);
    expect((await response(first)).statusCode).toBe(200);
    const next = begin(crop.length, { agent });
    next.end(crop);
    expect((await response(next)).statusCode).toBe(200);
    expect(next.reusedSocket).toBe(true);
    second.destroy();
    await expect.poll(bytesInFlight).toBe(0);
  });

  it('a refused body is not read without end', async () => {
    const holders = [begin(MAX_FILE_BYTES), begin(MAX_FILE_BYTES)];
    await expect.poll(bytesInFlight).toBe(2 * MAX_FILE_BYTES);
    const socket = connect(service.port, '127.0.0.1').on('error', () => {});
    socket.write(
      'POST /v1/classify HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/jpeg\r\n' +
        'content-length: 200000000\r\n\r\n',
    );
    expect(String((await once(socket, 'data'))[0])).toContain('503');
    const chunk = Buffer.alloc(1_000_000);
    let sentBytes = 0;
    while (!socket.destroyed && sentBytes < 200_000_000) {
      sentBytes += chunk.length;
      if (!socket.write(chunk)) await new Promise((next) => socket.once('drain', next).once('close', next));
    }
    // The service's own bound, and what the sockets' buffers hold.
    expect(sentBytes).toBeLessThan(50_000_000);
    for (const holder of holders) holder.destroy();
    await expect.poll(bytesInFlight).toBe(0);
  });

  it('a request of many files is slowed down, not refused, and never over the bound', async () => {
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, service.app.admission.held.bytes);
    }, 1);
    const files = Array.from({ length: 20 }, () => new File([padded], 'padded.jpg'));
    const answer = await service.classify(files);
    clearInterval(watch);
    expect(((await answer.json()) as { results: object[] }).results).toEqual(
      files.map(() => expect.objectContaining({ class: expect.any(String) })),
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * MAX_FILE_BYTES);
  });

  it('a request whose body stalls gives its bytes back in time', async () => {
    const stalled = begin(MAX_FILE_BYTES, { path: '/v1/classify?timeoutMs=200' });
    stalled.write(crop);
    const answer = await response(stalled);
    expect(answer.statusCode).toBe(504);
    expect(await bytesInFlight()).toBe(0);
    stalled.destroy();
  });
});

describe('a request with a deadline', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ timeoutMs: 60_000 });
  });
  afterAll(() => service.close());

  it('gets 504 when it passes, and its crops leave the queue', async () => {
    const files = Array.from({ length: 40 }, cells).flat();
    const response = await service.classify(files, '?timeoutMs=60');
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(() => service.metric('hemoserve_images_in_flight')).toBe(0);
    expect(await service.metric('hemoserve_batch_size_sum')).toBeLessThan(files.length);
    expect((await service.classify(cells())).status).toBe(200);
  });

  it('may not ask for more than the service gives', async () => {
    const response = await service.classify([upload('cells/ig.jpg')], '?timeoutMs=60001');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_request' });
  });
});

describe('one request of thousands of crops', () => {
  const FILES = 2000;
  let service: Service;
  beforeAll(async () => {
    service = await startService({ modelsDir: registry.folder });
  });
  afterAll(() => service.close());

  it('does not keep a single crop waiting', async () => {
    const large = new Conversation(`http://127.0.0.1:${service.port}`);
    const sent = (async () => {
      for (let index = 0; index < FILES; index++) await large.send(part(crop));
      large.request.end(END);
    })();
    sent.catch(() => {});
    // Half of the permits are its own: so many crops wait.
    await expect.poll(() => service.app.admission.held.images).toBeGreaterThan(120);
    const before = await service.metric('hemoserve_batch_size_sum');
    expect((await service.classify([upload('cells/ig.jpg')])).status).toBe(200);
    const passed = (await service.metric('hemoserve_batch_size_sum')) - before;
    expect(passed).toBeLessThan(60);
    large.request.destroy();
    await expect.poll(() => service.metric('hemoserve_images_in_flight')).toBe(0);
  });
});
