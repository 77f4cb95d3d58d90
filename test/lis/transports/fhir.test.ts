import { createLocalJWKSet, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FhirAuthorization, fhirTransport } from '../../../src/lis/transports/fhir.js';
import { answers, HttpReceiver } from '../../support/http-receiver.js';

const message = {
  controlId: 'C1',
  contentType: 'application/fhir+json',
  body: Buffer.from('{"resourceType":"Bundle","type":"transaction"}'),
};
const done = {
  resourceType: 'Bundle',
  type: 'transaction-response',
  entry: [{ response: { status: '201 Created' } }, { response: { status: '200' } }],
};
const never = new AbortController().signal;

describe('FHIR', () => {
  let server: HttpReceiver;
  let tokenServer: HttpReceiver;
  let tokenCount: number;
  const tokenUrl = () => `http://127.0.0.1:${tokenServer.port}/token`;
  const transport = (authorization: FhirAuthorization) =>
    fhirTransport({
      url: `http://127.0.0.1:${server.port}/fhir`,
      authorization,
      connectTimeoutMs: 1000,
      answerTimeoutMs: 500,
    });
  const sendOnce = async (authorization: FhirAuthorization = { type: 'none' }) => {
    const one = transport(authorization);
    const outcome = await one.send(message, never);
    await one.close();
    return outcome;
  };
  beforeEach(async () => {
    tokenCount = 0;
    server = await new HttpReceiver(answers(200, done)).listen();
    tokenServer = await new HttpReceiver((_, response) => {
      tokenCount += 1;
      response.end(
        JSON.stringify({ access_token: `token${tokenCount}`, token_type: 'Bearer', expires_in: 300 }),
      );
    }).listen();
  });
  afterEach(async () => {
    await server.close();
    await tokenServer.close();
  });

  it('posts the transaction to the base, and takes its result', async () => {
    expect(await sendOnce()).toEqual({ kind: 'accepted' });
    const [request] = server.received;
    expect(request?.path).toBe('/fhir');
    expect(request?.headers['content-type']).toBe('application/fhir+json');
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.body).toEqual(message.body);
  });

  it.each<[string, unknown]>([
    ['the page of a proxy', '<html>Log in</html>'],
    ['nothing', ''],
    ['another resource', { resourceType: 'OperationOutcome', issue: [] }],
    ['a result with a failure in it', { ...done, entry: [{ response: { status: '422' } }] }],
  ])('a 200 with %s is a failure', async (_, body) => {
    server.answer = answers(200, body);
    expect(await sendOnce()).toMatchObject({ kind: 'failed' });
  });

  it('has the reason of a refusal from its OperationOutcome', async () => {
    server.answer = answers(422, {
      resourceType: 'OperationOutcome',
      issue: [{ code: 'invalid', diagnostics: 'no such code' }, { details: { text: 'ask IT' } }],
    });
    expect(await sendOnce()).toEqual({ kind: 'refused', reason: '422 no such code; ask IT' });
    server.answer = answers(409, 'locked');
    expect(await sendOnce()).toEqual({ kind: 'rejected', reason: '409' });
  });

  it('brings a name and password, or a fixed token', async () => {
    await sendOnce({ type: 'basic', user: 'lab', password: 'p:w' });
    await sendOnce({ type: 'bearer', token: 'abc' });
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('lab:p:w').toString('base64')}`,
      'Bearer abc',
    ]);
  });

  const byClientSecret = (): FhirAuthorization => ({
    type: 'oauth2',
    tokenUrl: tokenUrl(),
    clientId: 'hemo serve',
    scope: 'system/*.cud',
    proof: { type: 'secret', secret: 'ä+b' },
  });

  it('gets a token by client credentials once for many messages', async () => {
    const one = transport(byClientSecret());
    await one.send(message, never);
    await one.send(message, never);
    await one.close();
    expect(tokenCount).toBe(1);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token1',
      'Bearer token1',
    ]);
    const [request] = tokenServer.received;
    expect(String(request?.body)).toBe('grant_type=client_credentials&scope=system%2F*.cud');
    expect(request?.headers.authorization).toBe(
      `Basic ${Buffer.from('hemo+serve:%C3%A4%2Bb').toString('base64')}`,
    );
  });

  it('gets a new token before the one it has expires', async () => {
    tokenServer.answer = answers(200, { access_token: 'brief', token_type: 'bearer', expires_in: 0 });
    const one = transport(byClientSecret());
    await one.send(message, never);
    await one.send(message, never);
    await one.close();
    expect(tokenServer.received).toHaveLength(2);
  });

  it('gets a new token at once when the server refuses the one it has', async () => {
    server.answer = (request, response) => {
      const known = request.headers.authorization === 'Bearer token2';
      response.writeHead(known ? 200 : 401).end(JSON.stringify(done));
    };
    const one = transport(byClientSecret());
    expect(await one.send(message, never)).toEqual({ kind: 'accepted' });
    server.answer = answers(401);
    expect(await one.send(message, never)).toEqual({ kind: 'failed', reason: '401' });
    await one.close();
    expect(tokenCount).toBe(3);
  });

  it.each<[string, number, unknown, string]>([
    ['refuses', 401, { error: 'invalid_client' }, 'invalid_client'],
    ['answers no JSON', 200, 'hello', 'no bearer token'],
    ['gives another kind of token', 200, { access_token: 'x', token_type: 'mac' }, 'no bearer token'],
  ])('sends nothing when the token server %s', async (_, status, body, reason) => {
    tokenServer.answer = answers(status, body);
    expect(await sendOnce(byClientSecret())).toEqual({
      kind: 'failed',
      reason: expect.stringContaining(reason),
    });
    expect(server.received).toHaveLength(0);
  });

  it.each(['RS384', 'ES384'])(
    'signs an assertion with %s as SMART Backend Services says',
    async (algorithm) => {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
      const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] });
      const keys = [
        await exportPKCS8(privateKey),
        JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k1' }),
      ];
      for (const key of keys) {
        const keyId = key.startsWith('{') ? {} : { keyId: 'k1' };
        const proof = { type: 'key', key, algorithm, ...keyId } as const;
        const authorization = { type: 'oauth2', tokenUrl: tokenUrl(), clientId: 'hemoserve', proof } as const;
        expect(await sendOnce(authorization)).toEqual({ kind: 'accepted' });
      }
      const assertions = tokenServer.received.map(({ body, headers }) => {
        const form = new URLSearchParams(String(body));
        expect(headers.authorization).toBeUndefined();
        expect(form.get('client_assertion_type')).toBe(
          'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        );
        return form.get('client_assertion') ?? '';
      });
      const ids = new Set<unknown>();
      for (const assertion of assertions) {
        const options = {
          audience: tokenUrl(),
          issuer: 'hemoserve',
          subject: 'hemoserve',
          maxTokenAge: '5 minutes',
        };
        const { payload, protectedHeader } = await jwtVerify(assertion, jwks, options);
        expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k1' });
        expect((payload.exp ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(300);
        ids.add(payload.jti);
      }
      expect(ids.size).toBe(keys.length);
    },
  );
});
