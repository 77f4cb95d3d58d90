import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** What a server of ours does with a connection's bytes; it may misbehave. */
export type Behaviour = (socket: Socket, received: Buffer) => void;

/** An MLLP server that does what a test says. */
export class ScriptedServer {
  readonly received: Buffer[] = [];
  connectionCount = 0;
  behaviour: Behaviour = acknowledges();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(tls?: TlsOptions) {
    const accept = (socket: Socket) => {
      this.connectionCount += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      let pending = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        for (let end = pending.indexOf('\x1c\r'); end >= 0; end = pending.indexOf('\x1c\r')) {
          const message = pending.subarray(1, end);
          pending = pending.subarray(end + 2);
          this.received.push(message);
          this.behaviour(socket, message);
        }
      });
    };
    this.#server = tls ? createTlsServer(tls, accept) : createServer(accept);
    this.#server.on('tlsClientError', () => {});
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const controlIdOf = (message: Buffer): string => message.toString().split('|')[9] ?? '';

/** An acknowledgement, framed. */
export function acknowledgement(controlId: string, code = 'AA', rest = ''): Buffer {
  const text = `MSH|^~\\&|LIS|LAB|||20260101||ACK|A1|P|2.5.1\rMSA|${code}|${controlId}\r${rest}`;
  return Buffer.from(`\x0b${text}\x1c\r`);
}

export const acknowledges =
  (code = 'AA', rest = ''): Behaviour =>
  (socket, message) => {
    socket.write(acknowledgement(controlIdOf(message), code, rest));
  };
