import type { Outcome } from '../delivery.js';

/** A message as it was rendered once; each attempt sends these bytes. */
export interface OutgoingMessage {
  /** HL7's control ID, and the id by which other receivers know a repetition. */
  controlId: string;
  contentType: string;
  body: Buffer;
}

/** The way to one destination. */
export interface Transport {
  /**
   * Tries once to hand a message over; it never throws. One message at a time.
   *
   * @param signal cuts the attempt off when it is aborted; its outcome is then 'failed'.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}
