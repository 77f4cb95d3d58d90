import { MllpConnection, type MllpTarget } from './connection.js';

/**
 * Sends messages to an MLLP server over a connection that it keeps open and opens again when needed. Messages go one
 * after the other: the next one leaves when the one before has its answer.
 */
export class MllpClient {
  readonly #target: MllpTarget;
  #connection: MllpConnection | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(target: MllpTarget) {
    this.#target = target;
  }

  /**
   * Sends a message.
   *
   * @param signal cuts the connection when it is aborted.
   * @returns the answer, without its framing.
   * @throws MllpError where none came; whether the other side took the message is then unknown.
   */
  exchange(message: Uint8Array, signal?: AbortSignal): Promise<Buffer> {
    const answer = this.#turn.then(() => this.#exchange(message, signal));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  close(): void {
    this.#connection?.close();
  }

  async #exchange(message: Uint8Array, signal?: AbortSignal): Promise<Buffer> {
    if (!this.#connection?.isOpen) this.#connection = await MllpConnection.open(this.#target);
    return this.#connection.exchange(message, signal);
  }
}
