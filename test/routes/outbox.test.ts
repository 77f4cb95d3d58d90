import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { parseMessage } from '../../src/lis/hl7/parse.js';
import { MllpClient } from '../../src/lis/mllp/client.js';
import { openStore } from '../../src/store/open.js';
import { cells } from '../support/fixtures.js';
import { answers, HttpReceiver } from '../support/http-receiver.js';
import { acknowledges, ScriptedServer } from '../support/mllp-server.js';
import { type SlideService, startSlideService } from '../support/slide-service.js';

const adminToken = 'a-token-of-the-test';
const key = 'the key of the webhook, long enough';
const done = { resourceType: 'Bundle', type: 'transaction-response', entry: [] };
const authorization = { authorization: `Bearer ${adminToken}` };

describe('what is sent of a verified slide', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hemoserve-destinations-'));
  let lis: ScriptedServer;
  let fhir: HttpReceiver;
  let hook: HttpReceiver;
  let service: SlideService;
  let count = 0;
  let id: string;
  beforeAll(async () => {
    lis = await new ScriptedServer().listen();
    fhir = await new HttpReceiver(answers(200, done)).listen();
    hook = await new HttpReceiver(answers(204)).listen();
    writeFileSync(join(folder, 'key'), `${key}\n`);
    const destinations = [
      { name: 'lis', type: 'mllp', host: '127.0.0.1', port: lis.port },
      { name: 'ehr', type: 'fhir', url: `http://127.0.0.1:${fhir.port}/r4` },
      { name: 'hook', type: 'webhook', url: `http://127.0.0.1:${hook.port}/`, secret: { file: 'key' } },
    ];
    writeFileSync(join(folder, 'destinations.yaml'), stringify({ destinations }));
    service = await startSlideService({
      destinations: join(folder, 'destinations.yaml'),
      mllpPort: 0,
      adminToken,
    });
  });
  afterAll(async () => {
    await service.close();
    await Promise.all([lis.close(), fhir.close(), hook.close()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    count += 1;
    id = `slide-${count}`;
    lis.behaviour = acknowledges();
    for (const { received } of [lis, fhir, hook]) received.length = 0;
  });
  const verified = async (rest: object = {}) => {
    await service.post('/v1/slides', { id, specimenNumber: `S${count}`, ...rest });
    await service.crops(id, cells());
    await service.post(`/v1/slides/${id}/complete`);
    const { status } = await verify();
    expect(status).toBe(200);
  };
  const verify = (body: object = {}) =>
    service.post(`/v1/slides/${id}/verify`, { by: { name: 'Ada Lovelace' }, ...body });
  const countOf = async (destination: string, state: string) =>
    service.metric(`hemoserve_outbox_messages{destination="${destination}",state="${state}"}`);

  it('goes to each destination once, in its format', async () => {
    await verified({ patient: { identifier: '4711', familyName: 'O|Brien' } });
    await vi.waitFor(() => {
      expect([lis, fhir, hook].map(({ received }) => received.length)).toEqual([1, 1, 1]);
    });
    const message = parseMessage(lis.received[0] as Buffer);
    expect(message.type).toEqual({ code: 'ORU', event: 'R01', structure: 'ORU_R01' });
    expect(message.first('PID')?.text(5)).toBe('O|Brien');
    expect(message.first('OBR')?.text(25)).toBe('F');
    expect(JSON.parse(String(fhir.received[0]?.body))).toMatchObject({
      resourceType: 'Bundle',
      type: 'transaction',
    });
    const [event] = hook.received;
    const headers = event?.headers as Record<string, string>;
    expect(new Webhook(key, { format: 'raw' }).verify(String(event?.body), headers)).toMatchObject({
      type: 'slide.verified',
      data: {
        slide: { id },
        differential: { status: 'final' },
        verification: { by: { name: 'Ada Lovelace' } },
      },
    });
    await vi.waitFor(async () => expect(await countOf('lis', 'delivered')).toBe(1));
    const attempts = 'hemoserve_outbox_attempts_total{destination="lis",outcome="accepted"}';
    expect(await service.metric(attempts)).toBe(1);
    expect(await service.metric('hemoserve_outbox_oldest_age_seconds{destination="lis"}')).toBe(0);
  });

  it('is not sent again when the same verification is repeated, and a correction is', async () => {
    await verified();
    await verify();
    const { json } = await verify({ comment: 'looked again' });
    expect(json.status).toBe('corrected');
    await vi.waitFor(() => expect(lis.received).toHaveLength(2));
    const [first, second] = lis.received.map((received) => parseMessage(received));
    expect([first?.first('OBR')?.text(25), second?.first('OBR')?.text(25)]).toEqual(['F', 'C']);
    expect(second?.controlId).not.toBe(first?.controlId);
  });

  it('has dead letters, which whoever has the token resends or discards', async () => {
    lis.behaviour = acknowledges('AE', 'ERR|||204^Unknown key identifier^HL70357|E\r');
    await verified();
    const deadLetter = () =>
      vi.waitFor(async () => {
        const { json } = await service.get('/v1/outbox');
        expect(json.deadLetters).toHaveLength(1);
        return json.deadLetters[0];
      });
    const letter = await deadLetter();
    expect(letter).toMatchObject({
      destination: 'lis',
      slideId: id,
      state: 'dead',
      attempts: 1,
      reason: 'AE 204 Unknown key identifier',
    });
    const resend = `/v1/outbox/${letter.id}/resend`;
    expect((await service.post(resend)).status).toBe(401);
    expect((await service.post(resend, undefined, authorization)).json).toMatchObject({ id: letter.id });
    await vi.waitFor(() => expect(lis.received).toHaveLength(2));
    expect(lis.received[1]).toEqual(lis.received[0]);
    await deadLetter();
    const discarded = await service.post(`/v1/outbox/${letter.id}/discard`, undefined, authorization);
    expect(discarded.json.state).toBe('discarded');
    expect((await service.get('/v1/outbox')).json.deadLetters).toEqual([]);
    const again = await service.post(resend, undefined, authorization);
    expect([again.status, again.json.code]).toEqual([409, 'message_not_dead']);
    const unknown = await service.post('/v1/outbox/none/discard', undefined, authorization);
    expect([unknown.status, unknown.json.code]).toEqual([404, 'unknown_message']);
  });

  it('has the patient and the order that the LIS sent for its specimen', async () => {
    const client = new MllpClient({
      host: '127.0.0.1',
      port: service.app.ordersPort ?? 0,
      connectTimeoutMs: 1000,
      answerTimeoutMs: 5000,
      maxAnswerBytes: 10_000,
    });
    const order = [
      'MSH|^~\\&|LIS|LAB|hemoserve|LAB|20260101||OML^O33^OML_O33|X1|P|2.5.1||||||UNICODE UTF-8',
      'PID|1||4711^^^LAB^MR||Müller^Zoë||19800229|F',
      `SPM|1|S${count}&LIS||BLD`,
      'ORC|NW|O-77',
      'OBR|1|O-77||69738-3',
      '',
    ].join('\r');
    const answer = parseMessage(await client.exchange(Buffer.from(order)));
    client.close();
    expect(answer.first('MSA')?.text(1)).toBe('AA');
    await verified();
    const { json } = await service.get(`/v1/slides/${id}`);
    expect(json.slide ?? json).toMatchObject({ orderNumber: 'O-77', patient: { familyName: 'Müller' } });
    await vi.waitFor(() => expect(lis.received).toHaveLength(1));
    const message = parseMessage(lis.received[0] as Buffer);
    expect(message.first('PID')?.text(5, 2)).toBe('Zoë');
    expect(message.first('ORC')?.text(2)).toBe('O-77');
    expect(await service.metric('hemoserve_mllp_messages_total{code="AA"}')).toBe(1);
  });
});

describe('when the service stops', () => {
  it('the message in flight is finished and written down, and no other one is begun', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hemoserve-stop-'));
    const lis = await new ScriptedServer().listen();
    let answerNow = () => {};
    lis.behaviour = (socket, received) => {
      answerNow = () => acknowledges()(socket, received);
    };
    const file = join(folder, 'destinations.json');
    const destinations = [{ name: 'lis', type: 'mllp', host: '127.0.0.1', port: lis.port }];
    writeFileSync(file, JSON.stringify({ destinations }));
    const database = join(folder, 'slides.db');
    const service = await startSlideService({ destinations: file, database });
    for (const id of ['a', 'b']) {
      await service.post('/v1/slides', { id, specimenNumber: id });
      await service.crops(id, cells());
      await service.post(`/v1/slides/${id}/complete`);
      await service.post(`/v1/slides/${id}/verify`, { by: { name: 'Ada Lovelace' } });
    }
    await vi.waitFor(() => expect(lis.received).toHaveLength(1));
    const closing = service.close();
    await setTimeout(100);
    answerNow();
    await closing;
    expect(lis.received).toHaveLength(1);
    const store = await openStore(database, { error() {} });
    const counts = await store.read('countMessages', {});
    await store.close();
    expect(counts.map(({ state, count }) => [state, count])).toEqual([
      ['delivered', 1],
      ['waiting', 1],
    ]);
    await lis.close();
    rmSync(folder, { recursive: true });
  });
});

describe('without destinations', () => {
  it('nothing is written into the outbox, and there is no listener', async () => {
    const service = await startSlideService();
    expect(service.app.ordersPort).toBeUndefined();
    expect((await service.get('/v1/outbox')).json).toEqual({ counts: [], deadLetters: [] });
    expect((await service.post('/v1/outbox/x/resend')).status).toBe(404);
    expect(await (await service.request('/metrics')).text()).not.toMatch(/^hemoserve_outbox/m);
    await service.close();
  });
});
