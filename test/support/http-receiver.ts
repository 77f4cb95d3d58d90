import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

type Answer = (request: ReceivedRequest, response: ServerResponse) => unknown;

/** An HTTP server that does what a test says, and keeps what it received. */
export class HttpReceiver {
  readonly received: ReceivedRequest[] = [];
  answer: Answer;
  readonly #server: Server;

  constructor(answer: Answer, tls?: ServerOptions) {
    this.answer = answer;
    const receive = async (request: IncomingMessage, response: ServerResponse) => {
      const body = Buffer.concat(await request.toArray());
      const received = { path: request.url ?? '', headers: request.headers, body };
      this.received.push(received);
      await this.answer(received, response);
    };
    this.#server = tls ? createTlsServer(tls, receive) : createServer(receive);
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const answers =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
