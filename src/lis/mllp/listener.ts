import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsContents, TlsFiles } from '../tls-files.js';
import { type RenewalListener, readGoodTlsFiles, renewTls } from '../tls-renewal.js';
import { MllpError, type MllpErrorCode } from './error.js';
import { FrameReader, frame } from './frames.js';

export interface MllpListenerOptions {
  host: string;
  port: number;
  /** With `ca`, clients must show a certificate of that authority (mutual TLS). */
  tls?: TlsFiles;
  /** Is told of new certificates, which new connections get. */
  renewal?: RenewalListener;
  maxMessageBytes: number;
  maxConnections: number;
  /** Longest time without a message, and of one from its first byte to its last. */
  idleMs: number;
  messageMs: number;
  /** Answers a message; what it throws closes the connection without an answer. */
  answer(message: Buffer): Promise<Buffer>;
  /** Is told why a connection was closed here. */
  onClosed(code: MllpErrorCode | 'idle' | 'fault', error?: unknown): void;
}

const SILENT: RenewalListener = { onRenewed() {}, onRefused() {} };

/** Takes messages over MLLP, on each connection one after the other. */
export class MllpListener {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  #endRenewal = () => {};

  /** @throws where the port cannot be had, or where the files of TLS are not good. */
  static async open(options: MllpListenerOptions): Promise<MllpListener> {
    const contents = options.tls && (await readGoodTlsFiles(options.tls));
    const listener = new MllpListener(options, contents);
    listener.#server.listen({ host: options.host, port: options.port });
    await once(listener.#server, 'listening');
    return listener;
  }

  private constructor(options: MllpListenerOptions, contents: TlsContents | undefined) {
    const { tls, messageMs, maxConnections, onClosed, renewal = SILENT } = options;
    const accept = (socket: Socket) => {
      const connection = new Connection(socket, options);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    };
    if (tls && contents) {
      const mutual = tls.ca ? { requestCert: true, rejectUnauthorized: true } : {};
      const base = { ...contents, ...mutual, minVersion: 'TLSv1.2', handshakeTimeout: messageMs } as const;
      const server = createTlsServer(base, accept);
      this.#endRenewal = renewTls(server, tls, contents, renewal);
      this.#server = server;
    } else this.#server = createServer(accept);
    this.#server.maxConnections = maxConnections;
    this.#server.on('tlsClientError', (error) => onClosed('unreachable', error));
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Answers what has come whole, and takes no more. */
  async close(): Promise<void> {
    this.#endRenewal();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all([...this.#connections].map((connection) => connection.finish()));
    await closed;
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #options: MllpListenerOptions;
  readonly #reader: FrameReader;
  #timer: NodeJS.Timeout | undefined;
  /** The messages that came whole, answered one after the other. */
  #work: Promise<void> = Promise.resolve();
  #finishing = false;

  constructor(socket: Socket, options: MllpListenerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.maxMessageBytes);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => clearTimeout(this.#timer));
    socket.on('data', (chunk) => this.#read(chunk));
    this.#watch(options.idleMs);
  }

  async finish(): Promise<void> {
    this.#finishing = true;
    this.#socket.pause();
    await this.#work;
    await new Promise<void>((resolve) => this.#socket.end(resolve).once('close', resolve));
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const { idleMs, messageMs, onClosed } = this.#options;
    const wasInside = this.#reader.isInside;
    try {
      const messages = [...this.#reader.read(chunk)];
      for (const message of messages) this.#work = this.#work.then(() => this.#answer(message));
      if (messages.length > 0) this.#rest();
      // Bytes that trickle in move no limit: only a message's begin and end do.
      if (!this.#reader.isInside) this.#watch(idleMs);
      else if (!wasInside || messages.length > 0) this.#watch(messageMs);
    } catch (error) {
      onClosed(error instanceof MllpError ? error.code : 'fault', error);
      this.#socket.destroy();
    }
  }

  /** Reads no more until all that came is answered, so that a sender cannot pile up work. */
  #rest(): void {
    this.#socket.pause();
    this.#work = this.#work.then(() => {
      if (!this.#finishing) this.#socket.resume();
    });
  }

  async #answer(message: Buffer): Promise<void> {
    const { answer, onClosed } = this.#options;
    try {
      const bytes = frame(await answer(message));
      if (!this.#socket.destroyed) this.#socket.write(bytes);
    } catch (error) {
      onClosed('fault', error);
      this.#socket.destroy();
    }
  }

  #watch(timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#options.onClosed(this.#reader.isInside ? 'no_answer' : 'idle');
      this.#socket.destroy();
    }, timeoutMs);
  }
}
