import { createHmac } from 'node:crypto';
import { failure, HttpClient, type HttpTarget, outcomeOf } from './http.js';
import type { Transport } from './transport.js';

export interface WebhookTarget extends HttpTarget {
  url: string;
  /** The key of the signature. */
  secret: Buffer;
}

/** A POST signed as Standard Webhooks 1.0 says; any 2xx is delivered. */
export function webhookTransport({ url, secret, ...target }: WebhookTarget): Transport {
  const http = new HttpClient(target);
  return {
    async send({ controlId, contentType, body }, signal) {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const headers = {
        'content-type': contentType,
        'webhook-id': controlId,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature(secret, controlId, timestamp, body),
      };
      try {
        const answer = await http.post(url, headers, body, signal);
        if (answer.status >= 200 && answer.status <= 299) return { kind: 'accepted' };
        return outcomeOf(answer, '');
      } catch (error) {
        return failure(error);
      }
    },
    close: () => http.close(),
  };
}

/** HMAC-SHA256 of the id, the time of the attempt and the body, so that none of them can be exchanged. */
function signature(secret: Buffer, id: string, timestamp: string, body: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}
