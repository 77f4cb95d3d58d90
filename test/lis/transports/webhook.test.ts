import { readFileSync } from 'node:fs';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webhookTransport } from '../../../src/lis/transports/webhook.js';
import { Certificates } from '../../support/certificates.js';
import { answers, HttpReceiver } from '../../support/http-receiver.js';

const secret = Buffer.from('a key of at least thirty-two bytes');
const message = {
  controlId: 'C1',
  contentType: 'application/json',
  body: Buffer.from('{"patient":"Müller"}'),
};
const timeouts = { connectTimeoutMs: 1000, answerTimeoutMs: 300 };
const never = new AbortController().signal;

describe('webhook', () => {
  let receiver: HttpReceiver;
  let transport: ReturnType<typeof webhookTransport>;
  beforeEach(async () => {
    receiver = await new HttpReceiver(answers(204)).listen();
    transport = webhookTransport({ url: `http://127.0.0.1:${receiver.port}/hook`, secret, ...timeouts });
  });
  afterEach(async () => {
    await transport.close();
    await receiver.close();
  });

  it("is signed so that Standard Webhooks' own library verifies it", async () => {
    expect(await transport.send(message, never)).toEqual({ kind: 'accepted' });
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    const verifier = new Webhook(secret, { format: 'raw' });
    const given = headers as Record<string, string>;
    expect(verifier.verify(body, given)).toEqual({ patient: 'Müller' });
    expect(() => verifier.verify(`${body} `, given)).toThrow(WebhookVerificationError);
    expect(() => verifier.verify(body, { ...given, 'webhook-id': 'C2' })).toThrow(WebhookVerificationError);
    const earlier = { ...given, 'webhook-timestamp': '1' };
    expect(() => verifier.verify(body, earlier)).toThrow(WebhookVerificationError);
  });

  it('has the same id and body on a repetition', async () => {
    receiver.answer = answers(503);
    await transport.send(message, never);
    await transport.send(message, never);
    const [first, second] = receiver.received;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toEqual(first?.body);
  });

  it.each([
    [200, 'accepted'],
    [400, 'refused'],
    [410, 'refused'],
    [422, 'refused'],
    [409, 'rejected'],
    [302, 'failed'],
    [401, 'failed'],
    [404, 'failed'],
    [429, 'failed'],
    [500, 'failed'],
  ])('status %d is %s', async (status, kind) => {
    receiver.answer = answers(status, '', { location: `http://127.0.0.1:${receiver.port}/elsewhere` });
    expect(await transport.send(message, never)).toMatchObject({ kind });
    expect(receiver.received).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    receiver.answer = answers(503, '', { 'retry-after': '7' });
    expect(await transport.send(message, never)).toMatchObject({ retryAfterMs: 7000 });
    receiver.answer = answers(503, '', { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { retryAfterMs } = (await transport.send(message, never)) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('fails when no answer comes, the connection breaks, nobody listens, or it is stopped', async () => {
    receiver.answer = () => {};
    expect(await transport.send(message, never)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('TIMEOUT'),
    });
    expect(await transport.send(message, AbortSignal.timeout(20))).toMatchObject({ kind: 'failed' });
    receiver.answer = (_, response) => response.destroy();
    expect(await transport.send(message, never)).toMatchObject({ kind: 'failed' });
    await receiver.close();
    expect(await transport.send(message, never)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    receiver = await new HttpReceiver(answers(200)).listen();
  });
});

describe('webhook with mutual TLS', () => {
  it('shows its certificate, and trusts only the given authority', async () => {
    const certificates = new Certificates();
    const server = certificates.issue('server');
    const own = certificates.issue('client');
    const receiver = await new HttpReceiver(answers(200), {
      cert: readFileSync(server.certificate),
      key: readFileSync(server.key),
      ca: readFileSync(certificates.ca),
      requestCert: true,
    }).listen();
    const send = async (tls: { ca?: string; certificate?: string; key?: string }) => {
      const url = `https://localhost:${receiver.port}/`;
      const transport = webhookTransport({ url, secret, tls, ...timeouts });
      const { kind } = await transport.send(message, never);
      await transport.close();
      return kind;
    };
    expect(await send({ ca: certificates.ca, ...own })).toBe('accepted');
    expect(await send({ ca: certificates.ca })).toBe('failed');
    expect(await send(own)).toBe('failed');
    await receiver.close();
    certificates.dispose();
  });
});
