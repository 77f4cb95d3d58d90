import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Hl7Message } from '@medplum/core';
import { Hl7Client } from '@medplum/hl7';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MllpClient } from '../../../src/lis/mllp/client.js';
import { frame } from '../../../src/lis/mllp/frames.js';
import { MllpListener, type MllpListenerOptions } from '../../../src/lis/mllp/listener.js';
import { Certificates } from '../../support/certificates.js';

const target = { host: '127.0.0.1', connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxAnswerBytes: 10_000 };

describe('MLLP listener', () => {
  let listener: MllpListener;
  let port: number;
  let closed: string[];
  let sockets: Socket[];
  const listen = async (rest: Partial<MllpListenerOptions> = {}) => {
    listener = new MllpListener({
      host: '127.0.0.1',
      port: 0,
      maxMessageBytes: 1000,
      maxConnections: 3,
      idleMs: 400,
      messageMs: 200,
      answer: async (message) => Buffer.concat([Buffer.from('re: '), message]),
      onClosed: (code) => closed.push(code),
      ...rest,
    });
    ({ port } = await listener.listen());
  };
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    return { socket, received: () => text };
  };
  beforeEach(() => {
    closed = [];
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await listener.close();
  });

  it('answers messages in their order, however they are split and merged', async () => {
    await listen({
      answer: async (message) => {
        await setTimeout(String(message) === 'one' ? 30 : 0);
        return message;
      },
    });
    const { socket, received } = await open();
    const bytes = Buffer.concat(['one', 'two', 'three'].map((text) => frame(Buffer.from(text))));
    socket.write(bytes.subarray(0, 9));
    await setTimeout(20);
    socket.write(bytes.subarray(9));
    await vi.waitFor(() => expect(received()).toBe(bytes.toString()));
  });

  it("answers Medplum's client", async () => {
    await listen({
      answer: async (message) => Buffer.from(Hl7Message.parse(String(message)).buildAck().toString()),
    });
    const client = new Hl7Client({ host: '127.0.0.1', port });
    const message = Hl7Message.parse('MSH|^~\\&|LIS|LAB|||20260101||OML^O33^OML_O33|X1|P|2.5.1');
    const answer = await client.sendAndWait(message);
    expect(answer.getSegment('MSA')?.getField(2)?.toString()).toBe('X1');
    await client.close();
  });

  it.each([
    ['garbage', 'GET / HTTP/1.1\r\n\r\n', 'garbage'],
    ['a message that is too large', `\x0b${'x'.repeat(2000)}`, 'too_large'],
  ])('closes a connection at %s, without an answer', async (_, bytes, code) => {
    await listen();
    const { socket, received } = await open();
    socket.write(bytes);
    await once(socket, 'close');
    expect(received()).toBe('');
    expect(closed).toEqual([code]);
  });

  it('closes an idle connection, and one whose message does not end though bytes come', async () => {
    await listen();
    const { socket: idle } = await open();
    const { socket: slow } = await open();
    const start = performance.now();
    slow.write('\x0b');
    const trickle = setInterval(() => slow.write('x'), 20);
    await once(slow, 'close');
    clearInterval(trickle);
    const slowMs = performance.now() - start;
    await once(idle, 'close');
    expect(slowMs).toBeLessThan(performance.now() - start);
    expect(closed).toEqual(['no_answer', 'idle']);
  });

  it('takes no more connections than it may have', async () => {
    await listen({ idleMs: 5000 });
    const first = [await open(), await open(), await open()];
    const { socket } = await open();
    await once(socket, 'close');
    first[0]?.socket.write(frame(Buffer.from('still')));
    await vi.waitFor(() => expect(first[0]?.received()).toContain('re: still'));
  });

  it('answers nothing that it could not do', async () => {
    await listen({
      answer: async () => {
        throw new Error('a fault');
      },
    });
    const { socket, received } = await open();
    socket.write(frame(Buffer.from('one')));
    await once(socket, 'close');
    expect(received()).toBe('');
    expect(closed).toEqual(['fault']);
  });

  it('answers what came whole before it closes, and not what did not', async () => {
    await listen({
      answer: async (message) => {
        await setTimeout(100);
        return message;
      },
    });
    const { socket, received } = await open();
    socket.write(Buffer.concat([frame(Buffer.from('whole')), Buffer.from('\x0bhalf')]));
    await setTimeout(30);
    await Promise.all([listener.close(), once(socket, 'close')]);
    expect(received()).toBe(frame(Buffer.from('whole')).toString());
    await listen();
  });

  it('takes only clients with a certificate of its authority', async () => {
    const certificates = new Certificates();
    const server = certificates.issue('server');
    const own = certificates.issue('client');
    await listen({ tls: { ...server, ca: certificates.ca } });
    const send = async (tls: object) => {
      const client = new MllpClient({ ...target, port, tls: { ca: certificates.ca, ...tls } });
      try {
        return String(await client.exchange(Buffer.from('hello')));
      } finally {
        client.close();
      }
    };
    expect(await send(own)).toBe('re: hello');
    await expect(send({})).rejects.toMatchObject({ name: 'MllpError' });
    certificates.dispose();
  });
});
