import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Hl7Message } from '@medplum/core';
import { type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVerdict } from '../../../src/lis/mllp/acknowledgement.js';
import { MllpClient } from '../../../src/lis/mllp/client.js';
import { root } from '../../support/fixtures.js';
import { Validators, whyNoValidators } from '../../support/lis/validators.js';

const message = (controlId: string, note: string) =>
  Buffer.from(
    [
      `MSH|^~\\&|hemoserve|LAB|LIS|LAB|20260101120000||ORU^R01^ORU_R01|${controlId}|P|2.5.1||||||UNICODE UTF-8`,
      'PID|1||4711^^^LAB^MR||Müller\\T\\Søn^Zoë',
      'OBR|1|S1|S1|69738-3^Differential^LN|||20260101120000',
      `OBX|1|ST|8251-1^Note^LN||${note}||||||P`,
      '',
    ].join('\r'),
  );

const client = (port: number) =>
  new MllpClient({
    host: '127.0.0.1',
    port,
    connectTimeoutMs: 5000,
    answerTimeoutMs: 10_000,
    maxAnswerBytes: 100_000,
  });

const notes = ['plain', 'accents: äöüß œ', 'delimiters: \\F\\ \\S\\ \\T\\ \\R\\ \\E\\', 'x'.repeat(200_000)];

async function exchangeAll(port: number): Promise<string[]> {
  const sender = client(port);
  try {
    return await Promise.all(
      notes.map(async (note, index) => {
        const controlId = `ID${index}`;
        return readVerdict(await sender.exchange(message(controlId, note)), controlId).verdict;
      }),
    );
  } finally {
    sender.close();
  }
}

describe("Medplum's server", () => {
  const received: Hl7Message[] = [];
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', ({ message: parsed }: Hl7MessageEvent) => {
      received.push(parsed);
      connection.send(parsed.buildAck({ ackCode: parsed.getSegment('EVN') ? 'AE' : 'AA' }));
    });
  });
  let port: number;
  beforeAll(async () => {
    server.start(0);
    const listening = server.server;
    if (!listening?.listening) await once(listening as NonNullable<typeof listening>, 'listening');
    const address = listening?.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => server.stop());

  it('takes our messages, and we its answers', async () => {
    expect(await exchangeAll(port)).toEqual(notes.map(() => 'accepted'));
    expect(received.map((parsed) => parsed.toString())).toEqual(
      notes.map((note, index) => Hl7Message.parse(message(`ID${index}`, note).toString()).toString()),
    );
  });

  it('refuses with AE', async () => {
    const sender = client(port);
    const wrong = Buffer.concat([message('ID9', 'x'), Buffer.from('EVN|R01\r')]);
    const answer = readVerdict(await sender.exchange(wrong), 'ID9');
    sender.close();
    expect(answer.verdict).toBe('error');
  });
});

if (whyNoValidators) console.warn(`skipped: HAPI's server: ${whyNoValidators}`);
describe.skipIf(whyNoValidators)("HAPI's server", () => {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-hapi-'));
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    const { libraries } = Validators.build();
    const jars = readdirSync(libraries).filter((name) => /^(hapi-(base|structures)|slf4j)/.test(name));
    const classPath = jars.map((name) => join(libraries, name)).join(':');
    server = spawn('java', ['-cp', classPath, join(root, 'test', 'support', 'HapiServer.java')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // It keeps the number of its last message there.
      cwd: folder,
    });
    const lines = createInterface(server.stdout as NonNullable<typeof server.stdout>);
    for await (const line of lines) {
      port = Number(/^port (\d+)$/.exec(line)?.[1]);
      if (port) break;
    }
  });
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
    rmSync(folder, { recursive: true });
  });

  it('takes our messages, and we its answers', async () => {
    expect(await exchangeAll(port)).toEqual(notes.map(() => 'accepted'));
  });

  it('refuses what it has no application for', async () => {
    const sender = client(port);
    const other = Buffer.from(message('ID9', 'x').toString().replace('ORU^R01^ORU_R01', 'ADT^A01^ADT_A01'));
    const answer = readVerdict(await sender.exchange(other), 'ID9');
    sender.close();
    expect(answer.verdict).toBe('rejected');
  });
});
