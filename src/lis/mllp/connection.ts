import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { readTlsFiles, type TlsFiles } from '../tls-files.js';
import { MllpError } from './error.js';
import { FrameReader, frame } from './frames.js';

const KEEP_ALIVE_MS = 30_000;

export interface MllpTarget {
  host: string;
  port: number;
  /** TLS 1.2 or newer, the server's certificate checked; with a certificate and a key mutual TLS. */
  tls?: TlsFiles & { serverName?: string | undefined };
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  maxAnswerBytes: number;
}

interface Waiting {
  resolve(answer: Buffer): void;
  reject(error: MllpError): void;
}

/** One open connection to an MLLP server, with at most one message in flight. */
export class MllpConnection {
  readonly #socket: Socket;
  readonly #target: MllpTarget;
  readonly #reader: FrameReader;
  #waiting: Waiting | undefined;
  #ended: MllpError | undefined;

  /** @throws MllpError 'unreachable' where no connection comes about in time. */
  static async open(target: MllpTarget): Promise<MllpConnection> {
    const { host, port, tls, connectTimeoutMs } = target;
    let socket: Socket | undefined;
    try {
      socket = tls ? connectTls(await tlsOptions(target, tls)) : connectTcp({ host, port });
      await once(socket, tls ? 'secureConnect' : 'connect', {
        signal: AbortSignal.timeout(connectTimeoutMs),
      });
    } catch (error) {
      // An error after this one has nobody to hear it.
      socket?.on('error', () => {}).destroy();
      const reason = isAbort(error) ? `no connection within ${connectTimeoutMs} ms` : messageOf(error);
      throw new MllpError('unreachable', reason, { cause: error });
    }
    return new MllpConnection(socket, target);
  }

  private constructor(socket: Socket, target: MllpTarget) {
    this.#socket = socket;
    this.#target = target;
    this.#reader = new FrameReader(target.maxAnswerBytes);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#end(new MllpError('closed', messageOf(error), { cause: error })));
    socket.on('end', () => this.#end(new MllpError('closed', 'the other side closed the connection')));
    socket.on('close', () => this.#end(new MllpError('closed', 'the connection was closed')));
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /**
   * Sends a message and waits for the next one that comes. After an error the connection is closed, so that a late
   * answer is never taken for that of another message.
   */
  async exchange(message: Uint8Array, signal?: AbortSignal): Promise<Buffer> {
    if (this.#ended) throw this.#ended;
    if (signal?.aborted) throw new MllpError('closed', 'the service stops');
    const { answerTimeoutMs } = this.#target;
    const framed = frame(message);
    const late = setTimeout(
      () => this.#end(new MllpError('no_answer', `no answer within ${answerTimeoutMs} ms`)),
      answerTimeoutMs,
    );
    const stop = () => this.#end(new MllpError('closed', 'the service stops'));
    signal?.addEventListener('abort', stop);
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#socket.write(framed);
      });
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.#end(new MllpError('closed', 'closed here'));
  }

  #read(chunk: Buffer): void {
    try {
      for (const answer of this.#reader.read(chunk)) {
        const waiting = this.#waiting;
        if (!waiting) throw new MllpError('garbage', 'a message that nothing here waits for');
        this.#waiting = undefined;
        waiting.resolve(answer);
      }
    } catch (error) {
      this.#end(error as MllpError);
    }
  }

  #end(error: MllpError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

async function tlsOptions({ host, port }: MllpTarget, tls: NonNullable<MllpTarget['tls']>) {
  // An address is no name that TLS could ask for.
  const servername = tls.serverName ?? (isIP(host) ? '' : host);
  return { host, port, ...(await readTlsFiles(tls)), servername, minVersion: 'TLSv1.2' } as const;
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';
/** Node's error of several addresses has an empty message. */
const messageOf = (error: unknown) => {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown error';
};
