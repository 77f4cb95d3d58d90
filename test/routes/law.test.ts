import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hl7Message } from '@medplum/core';
import { Hl7Client, type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseMessage } from '../../src/lis/hl7/parse.js';
import { MllpClient } from '../../src/lis/mllp/client.js';
import { cells } from '../support/fixtures.js';
import { freePort } from '../support/peers.js';
import { type SlideService, startSlideService } from '../support/slide-service.js';

const folder = mkdtempSync(join(tmpdir(), 'hemoserve-law-'));
const received: Hl7Message[] = [];
/** The analyzer's own server, by others. */
let analyzer: Hl7Server;
let port: number;
let service: SlideService;
let client: Hl7Client;

async function listen(): Promise<void> {
  analyzer = new Hl7Server((connection) => {
    connection.addEventListener('message', ({ message }: Hl7MessageEvent) => {
      received.push(message);
      connection.send(message.buildAck());
    });
  });
  analyzer.start(port);
  if (!analyzer.server?.listening)
    await once(analyzer.server as NonNullable<typeof analyzer.server>, 'listening');
}

beforeAll(async () => {
  port = await freePort();
  await listen();
  const retry = { firstWaitMs: 50, maxWaitMs: 200 };
  const destinations = [
    { name: 'scope', type: 'analyzer', host: '127.0.0.1', port, application: 'SCOPE', retry },
  ];
  writeFileSync(join(folder, 'destinations.json'), JSON.stringify({ destinations }));
  service = await startSlideService({ destinations: join(folder, 'destinations.json'), mllpPort: 0 });
  client = new Hl7Client({ host: '127.0.0.1', port: service.app.ordersPort ?? 0 });
});
afterAll(async () => {
  await client.close();
  await service.close();
  await analyzer.stop();
  rmSync(folder, { recursive: true });
});

const send = (from: string, type: string, controlId: string, ...segments: string[]) =>
  client.sendAndWait(
    Hl7Message.parse(
      [`MSH|^~\\&|${from}|LAB|hemoserve|LAB|20260101||${type}|${controlId}|P|2.5.1`, ...segments].join('\r'),
    ),
  );
const query = (controlId: string, specimen: string, from = 'SCOPE') =>
  send(from, 'QBP^Q11^QBP_Q11', controlId, `QPD|WOS^Work Order Step^IHE_LABTF|T1|${specimen}`, 'RCP|I||R');
const field = (message: Hl7Message | undefined, segment: string, number: number) =>
  message?.getSegment(segment)?.getField(number)?.toString();

it('an analyzer that asks for a specimen is sent its order (LAB-27, LAB-28)', async () => {
  const order = [
    'PID|1||4711^^^LAB^MR||Doe^Jane',
    'SPM|1|S1||BLD',
    'ORC|NW|O-77',
    'OBR|1|O-77||DIFF^Differential^L',
  ];
  expect(field(await send('LIS', 'OML^O33^OML_O33', 'L1', ...order), 'MSA', 1)).toBe('AA');
  expect(field(await query('Q1', 'S1'), 'QAK', 2)).toBe('OK');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  const [message] = received;
  expect(field(message, 'MSH', 9)).toBe('OML^O33^OML_O33');
  expect(field(message, 'MSH', 21)).toBe('LAB-28^IHE');
  expect(field(message, 'SPM', 2)).toBe('S1');
  expect([1, 2].map((number) => field(message, 'ORC', number))).toEqual(['NW', 'O-77']);
  expect(field(message, 'OBR', 4)).toBe('DIFF^Differential^L');
  expect(field(message, 'PID', 5)).toBe('Doe^Jane^^^^^L');
});

it('is told that nothing is ordered', async () => {
  received.length = 0;
  expect(field(await query('Q2', 'S2'), 'QAK', 2)).toBe('NF');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(field(received[0], 'SPM', 2)).toBe('S2');
  expect(field(received[0], 'ORC', 1)).toBe('DC');
});

it('is sent it once it listens again', async () => {
  received.length = 0;
  await analyzer.stop();
  expect(field(await query('Q3', 'S1'), 'QAK', 2)).toBe('OK');
  await vi.waitFor(async () =>
    expect(
      await service.metric('hemoserve_outbox_attempts_total{destination="scope",outcome="failed"}'),
    ).toBeGreaterThan(0),
  );
  await listen();
  await vi.waitFor(() => expect(received).toHaveLength(1), 5000);
  expect(field(received[0], 'ORC', 2)).toBe('O-77');
});

it('others that ask, and verified slides, are not sent to it', async () => {
  received.length = 0;
  expect(field(await query('Q4', 'S1', 'OTHER'), 'QAK', 2)).toBe('OK');
  await service.post('/v1/slides', { id: 'a', specimenNumber: 'S1' });
  await service.crops('a', cells());
  await service.post('/v1/slides/a/complete');
  expect((await service.post('/v1/slides/a/verify', { by: { name: 'Ada Lovelace' } })).status).toBe(200);
  const { counts } = (await service.get('/v1/outbox')).json;
  expect(counts.map(({ state, count }: { state: string; count: number }) => [state, count])).toEqual([
    ['delivered', 3],
  ]);
});

it.each([
  ['no HL7', 'hello', 'UNKNOWN', '100'],
  ['a broken segment', 'MSH|^~\\&|LIS|LAB|||20260101||OML^O33^OML_O33|X1|P|2.5.1\rnonsense', 'X1', '100'],
  ['a message that is not taken', 'MSH|^~\\&|LIS|LAB|||20260101||ADT^A01^ADT_A01|X1|P|2.5.1', 'X1', '200'],
])(
  '%s is answered with AR and an ERR segment, and the connection goes on',
  async (_, text, id, condition) => {
    const sender = new MllpClient({
      ...{ host: '127.0.0.1', port: service.app.ordersPort ?? 0 },
      ...{ connectTimeoutMs: 5000, answerTimeoutMs: 5000, maxAnswerBytes: 10_000 },
    });
    for (let time = 0; time < 2; time++) {
      const answer = parseMessage(await sender.exchange(Buffer.from(text)));
      expect([1, 2].map((number) => answer.first('MSA')?.text(number))).toEqual(['AR', id]);
      expect([3, 4].map((number) => answer.first('ERR')?.text(number))).toEqual([condition, 'E']);
    }
    sender.close();
  },
);
