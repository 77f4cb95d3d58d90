import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Sender, type SenderOptions } from '../../src/lis/sender.js';
import { mllpTransport } from '../../src/lis/transports/mllp.js';
import { openStore } from '../../src/store/open.js';
import type { NewMessage } from '../../src/store/operations/outbox.js';
import type { Store } from '../../src/store/store.js';
import { root } from '../support/fixtures.js';
import { acknowledges, type Behaviour, controlIdOf, ScriptedServer } from '../support/mllp-server.js';
import { type Databases, describeStores } from '../support/stores.js';

const log = { error() {} };
const policy = { firstWaitMs: 10, maxWaitMs: 100, giveUpAfterMs: 60_000 };

function describeSending(databases: Databases): void {
  let database: string;
  let store: Store;
  let server: ScriptedServer;
  let senders: Sender[];
  let destination: string;
  const faults: unknown[] = [];
  const ids = () => server.received.map(controlIdOf);
  const message = (slide: string, revision: number): NewMessage => ({
    id: `${destination}.${slide}.${revision}`,
    destination,
    slideId: slide,
    revision,
    controlId: `${slide}.${revision}`,
    contentType: 'x-application/hl7-v2+er7',
    body: Buffer.from(`MSH|^~\\&|hemoserve||||||ORU^R01|${slide}.${revision}|P|2.5.1\r`).toString('base64'),
  });
  const write = (messages: NewMessage[], at = new Date().toISOString()) =>
    store.write(['addMessages', { messages, at }]);
  const start = (rest: Partial<SenderOptions> = {}, by = store) => {
    const sender = new Sender({
      destination,
      transport: mllpTransport({
        host: '127.0.0.1',
        port: server.port,
        connectTimeoutMs: 1000,
        answerTimeoutMs: 200,
        maxAnswerBytes: 10_000,
      }),
      attemptMs: 2000,
      claimSpareMs: 5000,
      policy,
      store: async () => by,
      onAttempt() {},
      onFault: (error) => faults.push(error),
      ...rest,
    });
    senders.push(sender);
    sender.start();
    return sender;
  };
  const states = async () =>
    Object.fromEntries(
      (await store.read('countMessages', {}))
        .filter((count) => count.destination === destination)
        .map(({ state, count }) => [state, count]),
    );
  const dead = async () =>
    (await store.read('deadLetters', { limit: 1000 })).filter((entry) => entry.destination === destination);
  const until = (expected: Record<string, number>) =>
    vi.waitFor(async () => expect(await states()).toEqual(expected), { timeout: 15_000, interval: 20 });

  // One for all tests, each with a destination of its own, since to open one takes a while.
  beforeAll(async () => {
    database = await databases.create();
    store = await openStore(database, log);
  });
  afterAll(() => store.close());
  let count = 0;
  beforeEach(async () => {
    count += 1;
    destination = `lis-${count}`;
    server = await new ScriptedServer().listen();
    senders = [];
    faults.length = 0;
  });
  afterEach(async () => {
    await Promise.all(senders.map((sender) => sender.stop(1000)));
    await server.close();
    expect(faults).toEqual([]);
  });

  it('sends what waits, and what is written later, once it is woken', async () => {
    await write([message('a', 1), message('b', 1)]);
    const sender = start();
    await until({ delivered: 2 });
    await write([message('c', 1)]);
    sender.wake();
    await until({ delivered: 3 });
    expect(ids()).toEqual(['a.1', 'b.1', 'c.1']);
    expect(server.connectionCount).toBe(1);
  });

  it('repeats AR unchanged, with the same control ID', async () => {
    let count = 0;
    server.behaviour = (socket, received) => {
      count += 1;
      acknowledges(count < 4 ? 'AR' : 'AA')(socket, received);
    };
    await write([message('a', 1)]);
    start();
    await until({ delivered: 1 });
    expect(server.received).toHaveLength(4);
    expect(new Set(server.received.map(String)).size).toBe(1);
  });

  it('sends AE once; a correction waits behind it until a person has it sent again', async () => {
    server.behaviour = acknowledges('AE', 'ERR||PID^1|204^Unknown key identifier^HL70357|E\r');
    await write([message('a', 1), message('a', 2), message('b', 1)]);
    start();
    await until({ dead: 2, waiting: 1 });
    expect(ids()).toEqual(['a.1', 'b.1']);
    const letters = await dead();
    expect(letters[0]?.reason).toBe('AE 204 Unknown key identifier');
    server.behaviour = acknowledges();
    for (const { id } of letters) await store.write(['resendMessage', { id, at: new Date().toISOString() }]);
    await until({ delivered: 3 });
    expect(ids().filter((id) => id.startsWith('a'))).toEqual(['a.1', 'a.1', 'a.2']);
  });

  const wrongId: Behaviour = (socket) => acknowledges()(socket, Buffer.from('MSH|||||||||other|'));
  it.each<[string, Behaviour]>([
    ['is silent', () => {}],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['answers garbage', (socket) => socket.write('what?')],
    ['acknowledges another message', wrongId],
  ])('goes on when the server %s for a while', async (_, behaviour) => {
    server.behaviour = (socket, received) =>
      (server.received.length < 3 ? behaviour : acknowledges())(socket, received);
    await write([message('a', 1), message('a', 2)]);
    start();
    await until({ delivered: 2 });
    expect(ids()).toEqual(['a.1', 'a.1', 'a.1', 'a.2']);
  });

  it('asks a server that is away no more often than one message would', async () => {
    server.behaviour = (socket) => socket.destroy();
    await write(Array.from({ length: 50 }, (_, index) => message(`s${index}`, 1)));
    start({ policy: { ...policy, firstWaitMs: 200, maxWaitMs: 200 } });
    await setTimeout(1000);
    expect(server.received.length).toBeGreaterThan(2);
    expect(server.received.length).toBeLessThanOrEqual(11);
  });

  it('makes a dead letter of what is too old', async () => {
    server.behaviour = acknowledges('AR');
    await write([message('a', 1)], new Date(Date.now() - policy.giveUpAfterMs).toISOString());
    start();
    await until({ dead: 1 });
    expect((await dead())[0]?.reason).toBe('given up: AR');
  });

  it('finishes the message in flight when it is stopped', async () => {
    server.behaviour = async (socket, received) => {
      await setTimeout(100);
      acknowledges()(socket, received);
    };
    await write([message('a', 1), message('b', 1)]);
    const sender = start();
    await vi.waitFor(() => expect(ids()).toEqual(['a.1']));
    await sender.stop(1000);
    expect(await states()).toEqual({ delivered: 1, waiting: 1 });
    expect(ids()).toEqual(['a.1']);
  });

  it('cuts the message in flight when that takes too long, and leaves it to the next start', async () => {
    server.behaviour = () => {};
    await write([message('a', 1)]);
    const sender = start({ transport: slowTransport(server.port) });
    await vi.waitFor(() => expect(ids()).toEqual(['a.1']));
    await sender.stop(50);
    expect(await states()).toEqual({ waiting: 1 });
    server.behaviour = acknowledges();
    start();
    await until({ delivered: 1 });
  });

  it('sends each message once, whichever of two processes sends it', async () => {
    const other = await openStore(database, log);
    const messages = Array.from({ length: 60 }, (_, index) => message(`s${index % 20}`, index));
    await write(messages);
    start({}, store);
    start({}, other);
    await until({ delivered: messages.length });
    await Promise.all(senders.map((sender) => sender.stop(1000)));
    await other.close();
    expect(ids().toSorted()).toEqual(messages.map(({ controlId }) => controlId).toSorted());
    for (let slide = 0; slide < 20; slide++) {
      const order = ids().filter((id) => id.startsWith(`s${slide}.`));
      expect(order).toEqual([0, 20, 40].map((step) => `s${slide}.${slide + step}`));
    }
  });

  it('sends again, with the same control ID, what a killed process had sent but not marked', async () => {
    const child = spawnSender(database, destination, server.port);
    server.behaviour = () => child.kill('SIGKILL');
    await write([message('a', 1), message('a', 2)]);
    await once(child, 'exit');
    expect(await states()).toEqual({ sending: 1, waiting: 1 });
    server.behaviour = acknowledges();
    start();
    await until({ delivered: 2 });
    expect(ids()).toEqual(['a.1', 'a.1', 'a.2']);
    expect(new Set(server.received.map(String)).size).toBe(2);
  });
}

const slowTransport = (port: number) =>
  mllpTransport({
    host: '127.0.0.1',
    port,
    connectTimeoutMs: 1000,
    answerTimeoutMs: 60_000,
    maxAnswerBytes: 10_000,
  });

function spawnSender(database: string, destination: string, port: number): ChildProcess {
  const script = join(root, 'test', 'support', 'sender-process.ts');
  const options = [
    '--import',
    join(root, 'scripts', 'typescript.mjs'),
    script,
    database,
    destination,
    String(port),
  ];
  return spawn(process.execPath, options, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

describeStores('sending from the outbox', describeSending);
