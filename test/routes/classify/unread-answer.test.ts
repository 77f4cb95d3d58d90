import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BOUNDARY, END, halfAPart, part, START } from '../../support/conversation.js';
import { GeneratedRegistry } from '../../support/generated-registry.js';
import { type Service, startService } from '../../support/service.js';

const NDJSON = 'application/x-ndjson';
/** As long as a part's header may be: an answer has each name, so that it becomes as large as its upload. */
const LONG_NAME = 'x'.repeat(60_000);
const noImage = part(Buffer.from('no image'), LONG_NAME);

let registry: GeneratedRegistry;
let service: Service;
let socket: Socket;
beforeAll(async () => {
  registry = await GeneratedRegistry.withSmallModel();
  service = await startService({ modelsDir: registry.folder, maxImagesInFlight: 32 });
});
afterEach(() => socket.destroy());
afterAll(async () => {
  await service.close();
  registry.dispose();
});

/** A client that never reads, and what the service has of it. */
async function begin(
  accept: string,
  timeoutMs: number,
): Promise<{ connection: Socket; answer: ServerResponse }> {
  // The service's half: a client that does not read may not learn that its connection is over.
  const request = once(service.app.server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  socket = connect(service.port, '127.0.0.1')
    .on('error', () => {})
    .pause();
  socket.write(
    `POST /v1/classify?timeoutMs=${timeoutMs} HTTP/1.1\r\nhost: localhost\r\naccept: ${accept}\r\n` +
      `content-type: multipart/form-data; boundary=${BOUNDARY}\r\n` +
      // On a machine too slow for an answer in time its 504 ends the connection as well.
      'connection: close\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  await send(Buffer.from(START));
  const [{ socket: connection }, answer] = await request;
  return { connection, answer };
}

async function send(content: Buffer): Promise<void> {
  socket.write(`${content.length.toString(16)}\r\n`);
  socket.write(content);
  if (socket.write('\r\n') || socket.destroyed) return;
  await new Promise<void>((next) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      next();
    };
    socket.on('drain', done).on('close', done);
  });
}

async function sendAll(files: number): Promise<void> {
  for (let index = 0; index < files && !socket.destroyed; index++) await send(noImage);
  await send(Buffer.from(END));
  socket.write('0\r\n\r\n');
}

const ended = () =>
  Promise.all(
    ['deadline_exceeded', 'client_closed_request'].map((code) =>
      service.metric(`hemoserve_errors_total{code="${code}"}`),
    ),
  );

/** The connection's end, after which all permits are back and the deadline was counted, once. */
async function cutOff(connection: Socket, [late = 0, gone = 0]: number[]): Promise<void> {
  if (!connection.destroyed) await once(connection, 'close');
  await expect.poll(() => service.app.admission.held).toEqual({ images: 0, bytes: 0 });
  expect(await ended()).toEqual([late + 1, gone]);
}

describe('a client that never reads', () => {
  it('is cut off at its deadline, however many files it would send', async () => {
    const before = await ended();
    const { connection } = await begin(NDJSON, 500);
    let mostUnsentBytes = 0;
    const watch = setInterval(() => {
      mostUnsentBytes = Math.max(mostUnsentBytes, connection.writableLength);
    }, 1);
    // No more than what the system's buffers hold is taken.
    const sent = sendAll(Number.POSITIVE_INFINITY);
    await cutOff(connection, before);
    clearInterval(watch);
    expect(mostUnsentBytes).toBeLessThan(5 * noImage.length);
    socket.destroy();
    await sent;
  });

  it.each(['keeps its connection open', 'closes its half of the connection'])(
    'and %s is cut off when the whole answer is there, too',
    async (does) => {
      const before = await ended();
      const { connection, answer } = await begin('application/json', 3000);
      await sendAll(250);
      await expect.poll(() => answer.writableEnded, { timeout: 10_000 }).toBe(true);
      if (does.startsWith('closes')) socket.end();
      await cutOff(connection, before);
    },
  );

  it.each([NDJSON, 'application/json'])(
    'is done with when the system takes its whole answer: %s',
    async (accept) => {
      const before = await ended();
      const { answer } = await begin(accept, 10_000);
      await sendAll(3);
      await once(answer, 'close');
      expect(answer.writableFinished).toBe(true);
      expect(await ended()).toEqual(before);
      expect(service.app.admission.held).toEqual({ images: 0, bytes: 0 });
    },
  );

  it.each([NDJSON, 'application/json'])('nor sends on is cut off, too: %s', async (accept) => {
    const before = await ended();
    const { connection } = await begin(accept, 500);
    await send(noImage);
    await send(halfAPart());
    await cutOff(connection, before);
  });
});
