import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readVerdict } from '../../../src/lis/mllp/acknowledgement.js';
import { MllpClient } from '../../../src/lis/mllp/client.js';
import type { MllpTarget } from '../../../src/lis/mllp/connection.js';
import { Certificates } from '../../support/certificates.js';
import { acknowledgement, acknowledges, type Behaviour, ScriptedServer } from '../../support/mllp-server.js';

const message = (controlId: string, rest = '') =>
  Buffer.from(`MSH|^~\\&|hemoserve|LAB|||20260101||ORU^R01^ORU_R01|${controlId}|P|2.5.1\r${rest}`);

const target = (port: number, rest: Partial<MllpTarget> = {}): MllpTarget => ({
  host: '127.0.0.1',
  port,
  connectTimeoutMs: 2000,
  answerTimeoutMs: 300,
  maxAnswerBytes: 10_000,
  ...rest,
});

const inPieces =
  (sizes: number): Behaviour =>
  async (socket, received) => {
    const answer = acknowledgement(received.toString().split('|')[9] ?? '');
    for (let at = 0; at < answer.length; at += sizes) {
      socket.write(answer.subarray(at, at + sizes));
      await setTimeout(2);
    }
  };

describe('MLLP client', () => {
  let server: ScriptedServer;
  let client: MllpClient;
  beforeEach(async () => {
    server = await new ScriptedServer().listen();
    client = new MllpClient(target(server.port));
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  it('sends messages over one connection, one in flight at a time', async () => {
    let inFlight = 0;
    server.behaviour = async (socket, received) => {
      inFlight += 1;
      expect(inFlight).toBe(1);
      await setTimeout(10);
      inFlight -= 1;
      acknowledges()(socket, received);
    };
    const ids = ['A', 'B', 'C', 'D'];
    const answers = await Promise.all(ids.map((id) => client.exchange(message(id))));
    expect(answers.map((answer, index) => readVerdict(answer, ids[index] ?? '').verdict)).toEqual(
      ids.map(() => 'accepted'),
    );
    expect(server.received.map(String)).toEqual(ids.map((id) => message(id).toString()));
    expect(server.connectionCount).toBe(1);
  });

  it('reads an answer that comes in pieces', async () => {
    server.behaviour = inPieces(20);
    expect(readVerdict(await client.exchange(message('A')), 'A').verdict).toBe('accepted');
  });

  it('opens a new connection when the server closed the one before after its answer', async () => {
    server.behaviour = (socket, received) => {
      acknowledges()(socket, received);
      socket.end();
    };
    await client.exchange(message('A'));
    await setTimeout(50);
    await client.exchange(message('B'));
    expect(server.connectionCount).toBe(2);
  });

  const silent: Behaviour = () => {};
  const trickles: Behaviour = async (socket) => {
    socket.write('\x0b');
    while (!socket.destroyed) {
      socket.write('M');
      await setTimeout(20);
    }
  };
  it.each<[string, string, Behaviour]>([
    ['a silent server', 'no_answer', silent],
    ['an answer that never ends', 'no_answer', trickles],
    ['a reset', 'closed', (socket) => socket.resetAndDestroy()],
    ['a close without an answer', 'closed', (socket) => socket.end()],
    ['a close within the answer', 'closed', (socket) => socket.end('\x0bMSH|^~\\&|')],
    ['garbage', 'garbage', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an answer without end', 'too_large', (socket) => socket.write(`\x0b${'x'.repeat(20_000)}`)],
  ])('%s is an error, and the next message has a new connection', async (_, code, behaviour) => {
    server.behaviour = behaviour;
    await expect(client.exchange(message('A'))).rejects.toMatchObject({ name: 'MllpError', code });
    server.behaviour = acknowledges();
    expect(readVerdict(await client.exchange(message('B')), 'B').verdict).toBe('accepted');
    expect(server.connectionCount).toBe(2);
  });

  it('never takes a late answer for that of the next message', async () => {
    let first: Socket | undefined;
    server.behaviour = (socket) => {
      first = socket;
    };
    await expect(client.exchange(message('A'))).rejects.toMatchObject({ code: 'no_answer' });
    server.behaviour = async (socket, received) => {
      first?.write(acknowledgement('A'));
      await setTimeout(20);
      acknowledges('AE')(socket, received);
    };
    expect(readVerdict(await client.exchange(message('B')), 'B').verdict).toBe('error');
  });

  it('drops a connection on which an answer comes that nobody waits for', async () => {
    server.behaviour = (socket, received) => {
      acknowledges()(socket, received);
      acknowledges()(socket, received);
    };
    await client.exchange(message('A'));
    await setTimeout(50);
    await client.exchange(message('B'));
    expect(server.connectionCount).toBe(2);
  });

  it('is cut off by its signal', async () => {
    server.behaviour = silent;
    const signal = AbortSignal.timeout(50);
    await expect(client.exchange(message('A'), signal)).rejects.toMatchObject({ code: 'closed' });
  });

  it('says why there is no connection', async () => {
    const { port } = server;
    await server.close();
    await expect(client.exchange(message('A'))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await new ScriptedServer().listen(port);
    await expect(client.exchange(message('A'))).resolves.toBeInstanceOf(Buffer);
  });
});

describe('MLLP client with TLS', () => {
  let certificates: Certificates;
  let server: ScriptedServer;
  let own: { certificate: string; key: string };
  beforeAll(async () => {
    certificates = new Certificates();
    const { certificate, key } = certificates.issue('server');
    own = certificates.issue('client');
    server = await new ScriptedServer({
      cert: readFileSync(certificate),
      key: readFileSync(key),
      ca: readFileSync(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
    }).listen();
  });
  afterAll(async () => {
    await server.close();
    certificates.dispose();
  });
  const exchange = async (tls: MllpTarget['tls']) => {
    const client = new MllpClient(target(server.port, { ...(tls && { tls }) }));
    try {
      return readVerdict(await client.exchange(message('A')), 'A').verdict;
    } finally {
      client.close();
    }
  };

  it('shows its certificate and trusts the given authority', async () => {
    expect(await exchange({ ca: certificates.ca, ...own })).toBe('accepted');
  });

  it('refuses a server that it does not trust', async () => {
    await expect(exchange(own)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('refuses a server of another name', async () => {
    const tls = { ca: certificates.ca, ...own, serverName: 'other.example' };
    await expect(exchange(tls)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('other.example'),
    });
  });

  it('is refused without a certificate where the server wants one', async () => {
    await expect(exchange({ ca: certificates.ca })).rejects.toMatchObject({ name: 'MllpError' });
  });

  it('does not send in the clear to a server with TLS', async () => {
    await expect(exchange(undefined)).rejects.toMatchObject({ name: 'MllpError' });
    expect(server.received.length).toBe(1);
  });
});
