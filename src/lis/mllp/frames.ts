import { MllpError } from './error.js';

const START_BLOCK = 0x0b;
const END_BLOCK = 0x1c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * A message as MLLP sends it (HL7 v2.5.1, appendix C of the implementation guide): between 0x0B and 0x1C 0x0D.
 *
 * @throws MllpError where the message itself has one of these block characters.
 */
export function frame(message: Uint8Array): Buffer {
  if (message.includes(START_BLOCK) || message.includes(END_BLOCK)) {
    throw new MllpError('garbage', 'the message has a block character of MLLP in it');
  }
  return Buffer.concat([Uint8Array.of(START_BLOCK), message, Uint8Array.of(END_BLOCK, CARRIAGE_RETURN)]);
}

/** Takes messages out of a connection's bytes, however these are split or merged. */
export class FrameReader {
  readonly #maxBytes: number;
  #state: 'between' | 'inside' | 'ending' = 'between';
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @param maxBytes that one message may have. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.#state !== 'between';
  }

  /**
   * The messages that these bytes complete, one after the other. Between messages only line ends are let through,
   * which some senders add.
   *
   * @throws MllpError at bytes that are no frame, or at a message that is too large; the reader is of no use after.
   */
  *read(chunk: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'inside') {
        at = this.#readInside(chunk, at);
        continue;
      }
      const byte = chunk[at++];
      if (this.#state === 'ending') {
        if (byte !== CARRIAGE_RETURN)
          throw new MllpError('garbage', 'no carriage return after the end block');
        this.#state = 'between';
        yield this.#take();
      } else if (byte === START_BLOCK) this.#state = 'inside';
      else if (byte !== CARRIAGE_RETURN && byte !== LINE_FEED) {
        throw new MllpError('garbage', 'bytes outside of a message');
      }
    }
  }

  /** Reads up to the end block; gives the place behind what was read. */
  #readInside(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(END_BLOCK, from);
    const part = chunk.subarray(from, end < 0 ? chunk.length : end);
    if (part.includes(START_BLOCK)) throw new MllpError('garbage', 'a message begins within another one');
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) {
      throw new MllpError('too_large', `the message has more than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
    if (end < 0) return chunk.length;
    this.#state = 'ending';
    return end + 1;
  }

  #take(): Buffer {
    const message = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return message;
  }
}
