import { createSecureContext } from 'node:tls';
import { SettingsError } from '../../settings/load.js';
import { variableOf } from '../../settings/schema.js';
import { readTlsFiles } from '../tls-files.js';
import type { FhirAuthorization } from '../transports/fhir.js';
import type { Transport } from '../transports/transport.js';
import type { Destination } from './schema.js';
import { readSecret, readWebhookKey } from './secrets.js';

/**
 * The way to a destination. It opens no connection yet, but reads and checks all secrets, keys and certificates.
 *
 * @throws {SettingsError} where one of them is missing or no good.
 */
export async function transportTo(destination: Destination): Promise<Transport> {
  try {
    if (destination.tls) createSecureContext(await readTlsFiles(destination.tls));
    return await open(destination);
  } catch (error) {
    const { message } = error as Error;
    throw new SettingsError([`${variableOf('destinations')}: ${destination.name}: ${message}`]);
  }
}

/** What one kind of destination needs is loaded only for it. */
async function open(destination: Destination): Promise<Transport> {
  const { connectTimeoutMs, answerTimeoutMs, tls } = destination;
  const http = { connectTimeoutMs, answerTimeoutMs, ...(tls && { tls }) };
  switch (destination.type) {
    case 'mllp':
    case 'analyzer': {
      const { mllpTransport } = await import('../transports/mllp.js');
      const { host, port, tls } = destination;
      return mllpTransport({ host, port, ...http, ...(tls && { tls }), maxAnswerBytes: MAX_ANSWER_BYTES });
    }
    case 'fhir': {
      const { fhirTransport } = await import('../transports/fhir.js');
      const authorization = await readAuthorization(destination.authorization);
      return fhirTransport({ url: destination.url, ...http, authorization });
    }
    case 'webhook': {
      const { webhookTransport } = await import('../transports/webhook.js');
      const secret = await readWebhookKey(destination.secret);
      return webhookTransport({ url: destination.url, ...http, secret });
    }
  }
}

const MAX_ANSWER_BYTES = 1_048_576;

async function readAuthorization(
  authorization: Extract<Destination, { type: 'fhir' }>['authorization'],
): Promise<FhirAuthorization> {
  switch (authorization.type) {
    case 'none':
      return authorization;
    case 'basic':
      return { ...authorization, password: await readSecret(authorization.password) };
    case 'bearer':
      return { ...authorization, token: await readSecret(authorization.token) };
    case 'oauth2': {
      const { type, tokenUrl, clientId, scope } = authorization;
      const client = { type, tokenUrl, clientId, ...(scope && { scope }) };
      if ('secret' in authorization) {
        return { ...client, proof: { type: 'secret', secret: await readSecret(authorization.secret) } };
      }
      const { algorithm, keyId } = authorization;
      const key = await readSecret(authorization.key);
      const { importKey } = await import('../transports/authorization.js');
      await importKey(key, algorithm);
      return { ...client, proof: { type: 'key', key, algorithm, ...(keyId && { keyId }) } };
    }
  }
}
