import { Agent, buildConnector, request } from 'undici';
import type { Outcome } from '../delivery.js';
import { readTlsFiles, type TlsFiles } from '../tls-files.js';

const MAX_ANSWER_BYTES = 1_048_576;
const MAX_REASON_CHARACTERS = 500;

/** Statuses by which a server says that the message is wrong: it would say so again. */
const REFUSALS = [400, 406, 410, 413, 415, 422];
/** The message met another one at work on the same thing; it is good unchanged. */
const CONFLICTS = [409, 412];

export interface HttpTarget {
  tls?: TlsFiles;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
}

export interface HttpAnswer {
  status: number;
  text: string;
  retryAfterMs?: number;
}

/** Posts to one server over one connection; follows no redirect, which would carry patients' data elsewhere. */
export class HttpClient {
  readonly #agent: Agent;

  constructor({ tls = {}, connectTimeoutMs, answerTimeoutMs }: HttpTarget) {
    this.#agent = new Agent({
      connections: 1,
      connect: (options, callback) => {
        readTlsFiles(tls).then(
          (contents) => buildConnector({ ...contents, timeout: connectTimeoutMs })(options, callback),
          (error: Error) => callback(error, null),
        );
      },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /** @throws where there is no whole answer; the message may have arrived. */
  async post(
    url: string,
    headers: Record<string, string>,
    body: Buffer | string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const options = { method: 'POST', headers, body, signal, dispatcher: this.#agent } as const;
    const { statusCode, headers: answered, body: answer } = await request(url, options);
    const retryAfterMs = retryAfter(answered['retry-after']);
    const text = await answer.text();
    return { status: statusCode, text, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** What an HTTP status says of a message; a 2xx is for the caller to look at. */
export function outcomeOf({ status, retryAfterMs }: HttpAnswer, words: string): Outcome {
  const reason = `${status} ${words}`.trim().slice(0, MAX_REASON_CHARACTERS);
  if (REFUSALS.includes(status)) return { kind: 'refused', reason };
  if (CONFLICTS.includes(status)) return { kind: 'rejected', reason };
  return { kind: 'failed', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The outcome where no answer came. */
export function failure(error: unknown): Outcome {
  const { message, code } = error as NodeJS.ErrnoException;
  return {
    kind: 'failed',
    reason: [code, message].filter(Boolean).join(': ').slice(0, MAX_REASON_CHARACTERS),
  };
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
