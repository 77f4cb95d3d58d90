import { readFile } from 'node:fs/promises';
import type { Secret } from './schema.js';

const MIN_WEBHOOK_KEY_BYTES = 24;

/** @throws {Error} where there is none; the message has its place, never the secret. */
export async function readSecret(secret: Secret): Promise<string> {
  const place = 'file' in secret ? secret.file : `environment variable ${secret.environment}`;
  const value = 'file' in secret ? await readFile(secret.file, 'utf8') : process.env[secret.environment];
  // Editors end a file with a line end.
  const trimmed = value?.trim();
  if (!trimmed) throw new Error(`${place} has no secret`);
  return trimmed;
}

/** The key of a webhook's signature, as Standard Webhooks writes it, or any text. */
export async function readWebhookKey(secret: Secret): Promise<Buffer> {
  const value = await readSecret(secret);
  const key = value.startsWith('whsec_') ? Buffer.from(value.slice(6), 'base64') : Buffer.from(value);
  if (key.length < MIN_WEBHOOK_KEY_BYTES) {
    throw new Error(`the key of a webhook has ${key.length} bytes, fewer than ${MIN_WEBHOOK_KEY_BYTES}`);
  }
  return key;
}
