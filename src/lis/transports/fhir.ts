import { z } from 'zod';
import type { Outcome } from '../delivery.js';
import { parseJson, type TokenRequest, TokenSource } from './authorization.js';
import { failure, type HttpAnswer, HttpClient, type HttpTarget, outcomeOf } from './http.js';
import type { OutgoingMessage, Transport } from './transport.js';

export type FhirAuthorization =
  | { type: 'none' }
  | { type: 'basic'; user: string; password: string }
  | { type: 'bearer'; token: string }
  | ({ type: 'oauth2' } & TokenRequest);

export interface FhirTarget extends HttpTarget {
  /** The server's base, to which a transaction is posted. */
  url: string;
  authorization: FhirAuthorization;
}

const transactionResponse = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('transaction-response'),
  entry: z.array(z.object({ response: z.object({ status: z.string().regex(/^2\d\d/) }) })).default([]),
});

const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(
    z.object({
      code: z.string().optional(),
      diagnostics: z.string().optional(),
      details: z.object({ text: z.string().optional() }).optional(),
    }),
  ),
});

/** A transaction Bundle posted to a FHIR server; it is delivered when the server answers with its result. */
export function fhirTransport({ url, authorization, ...target }: FhirTarget): Transport {
  const http = new HttpClient(target);
  // Of another host, so that it has a connection of its own.
  const tokenHttp = new HttpClient(target);
  const tokens = authorization.type === 'oauth2' ? new TokenSource(authorization, tokenHttp) : undefined;

  async function post(message: OutgoingMessage, signal: AbortSignal): Promise<HttpAnswer> {
    const credentials = tokens ? `Bearer ${await tokens.token(signal)}` : fixedCredentials(authorization);
    const headers = {
      'content-type': message.contentType,
      accept: 'application/fhir+json',
      'x-request-id': message.controlId,
      ...(credentials && { authorization: credentials }),
    };
    return http.post(url, headers, message.body, signal);
  }

  return {
    async send(message, signal) {
      try {
        const answer = await post(message, signal);
        if (answer.status !== 401 || !tokens) return judge(answer);
        // A token can be withdrawn before it expires.
        tokens.forget();
        return judge(await post(message, signal));
      } catch (error) {
        return failure(error);
      }
    },
    async close() {
      await Promise.all([http.close(), tokenHttp.close()]);
    },
  };
}

function fixedCredentials(authorization: FhirAuthorization): string | undefined {
  if (authorization.type === 'bearer') return `Bearer ${authorization.token}`;
  if (authorization.type !== 'basic') return undefined;
  return `Basic ${Buffer.from(`${authorization.user}:${authorization.password}`).toString('base64')}`;
}

function judge(answer: HttpAnswer): Outcome {
  const json = parseJson(answer.text);
  if (answer.status < 200 || answer.status > 299) return outcomeOf(answer, issues(json));
  if (transactionResponse.safeParse(json).success) return { kind: 'accepted' };
  // Such as the page of a proxy.
  return { kind: 'failed', reason: `${answer.status}, but the answer is not the result of a transaction` };
}

function issues(json: unknown): string {
  const parsed = operationOutcome.safeParse(json);
  if (!parsed.success) return '';
  return parsed.data.issue
    .map(({ code, diagnostics, details }) => diagnostics ?? details?.text ?? code ?? '')
    .join('; ');
}
