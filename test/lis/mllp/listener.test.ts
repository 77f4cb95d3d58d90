import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Hl7Message } from '@medplum/core';
import { Hl7Client } from '@medplum/hl7';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MllpClient } from '../../../src/lis/mllp/client.js';
import { frame } from '../../../src/lis/mllp/frames.js';
import { MllpListener, type MllpListenerOptions } from '../../../src/lis/mllp/listener.js';
import { Certificates } from '../../support/certificates.js';

const target = { host: '127.0.0.1', connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxAnswerBytes: 10_000 };

/** Unlike `once`, whatever error comes before: a reset is one way to be closed. */
const closing = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

describe('MLLP listener', () => {
  let listener: MllpListener;
  let port: number;
  let closed: string[];
  let sockets: Socket[];
  const listen = async (rest: Partial<MllpListenerOptions> = {}) => {
    listener = await MllpListener.open({
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
    ({ port } = listener.address);
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
    await closing(socket);
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
    await closing(slow);
    clearInterval(trickle);
    const slowMs = performance.now() - start;
    await closing(idle);
    expect(slowMs).toBeLessThan(performance.now() - start);
    expect(closed).toEqual(['no_answer', 'idle']);
  });

  it('takes no more connections than it may have', async () => {
    await listen({ idleMs: 5000 });
    const first = [await open(), await open(), await open()];
    const { socket } = await open();
    await closing(socket);
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
    await closing(socket);
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
    await Promise.all([listener.close(), closing(socket)]);
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

  it('uses a new certificate for new connections, while an old one goes on; a wrong one it does not use', async () => {
    const certificates = new Certificates();
    const files = {
      certificate: join(certificates.folder, 'used.pem'),
      key: join(certificates.folder, 'used.key'),
    };
    const use = (name: string) => {
      const { certificate, key } = certificates.issue(name);
      copyFileSync(key, files.key);
      copyFileSync(certificate, files.certificate);
    };
    const own = certificates.issue('client');
    const told: string[] = [];
    use('first');
    await listen({
      tls: { ...files, ca: certificates.ca },
      idleMs: 60_000,
      renewal: { onRenewed: () => told.push('renewed'), onRefused: (reason) => told.push(reason) },
    });
    const dial = async () => {
      const socket = connectTls({
        ...{ port, host: '127.0.0.1', ca: readFileSync(certificates.ca), servername: 'localhost' },
        ...{ cert: readFileSync(own.certificate), key: readFileSync(own.key) },
      });
      sockets.push(socket);
      await once(socket, 'secureConnect');
      return { socket, server: socket.getPeerCertificate().subject.CN };
    };
    const old = await dial();
    expect(old.server).toBe('first');
    use('second');
    await vi.waitFor(() => expect(told).toEqual(['renewed']), { timeout: 15_000, interval: 100 });
    const renewed = await dial();
    expect(renewed.server).toBe('second');
    // The open connection goes on.
    old.socket.write(frame(Buffer.from('still')));
    const [answer] = await once(old.socket, 'data');
    expect(String(answer)).toContain('re: still');
    writeFileSync(files.key, readFileSync(certificates.issue('third').key));
    await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 15_000, interval: 100 });
    expect(told[1]).toMatch(/key values mismatch/);
    expect((await dial()).server).toBe('second');
    // Clients without a certificate are refused as before.
    const stranger = new MllpClient({ ...target, port, tls: { ca: certificates.ca } });
    await expect(stranger.exchange(Buffer.from('hello'))).rejects.toMatchObject({ name: 'MllpError' });
    certificates.dispose();
  }, 40_000);
});
