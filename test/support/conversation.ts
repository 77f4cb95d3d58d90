import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { Problem } from '../../src/errors/problem.js';
import { readFixture } from './fixtures.js';

/** Any line of an NDJSON answer. */
export interface Line {
  index?: number;
  filename?: string;
  class?: string;
  error?: Problem;
  imageCount?: number;
  requestId?: string;
  model?: { name: string; version: string };
}

// A file's end is known by the boundary after it.
export const BOUNDARY = 'crops';
export const START = `--${BOUNDARY}`;
export const END = '--\r\n';
export const part = (content: Buffer, name = 'cell.jpg', field = 'image') =>
  Buffer.concat([
    Buffer.from(`\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n`),
    content,
    Buffer.from(`\r\n--${BOUNDARY}`),
  ]);
/** The beginning of a file whose rest does not come. */
export const halfAPart = () => part(readFixture('cells/ig.jpg')).subarray(0, 1000);

/** A request whose body and answer go on at the same time. */
export class Conversation {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
  #lines: AsyncIterator<string> | undefined;

  constructor(serviceUrl: string, query = '') {
    this.request = httpRequest(`${serviceUrl}/v1/classify${query}`, {
      method: 'POST',
      headers: {
        accept: 'application/x-ndjson',
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      },
    });
    this.response = once(this.request, 'response').then(([response]) => response as IncomingMessage);
    this.response.catch(() => {});
    this.request.write(START);
  }

  async send(content: Buffer | string): Promise<void> {
    if (!this.request.write(content)) await once(this.request, 'drain');
  }

  async line(): Promise<Line | undefined> {
    this.#lines ??= createInterface(await this.response)[Symbol.asyncIterator]();
    const { value, done } = await this.#lines.next();
    return done ? undefined : (JSON.parse(value) as Line);
  }

  async rest(): Promise<Line[]> {
    const lines: Line[] = [];
    for (let line = await this.line(); line; line = await this.line()) lines.push(line);
    return lines;
  }
}
