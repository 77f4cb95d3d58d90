/** What went wrong on an MLLP connection. The outcome of a message that was sent is then unknown. */
export type MllpErrorCode =
  /** The bytes are not framed as MLLP says. */
  | 'garbage'
  /** More bytes than a message may have. */
  | 'too_large'
  /** No connection, or no TLS on it. */
  | 'unreachable'
  /** No answer in time. */
  | 'no_answer'
  /** The other side closed or reset the connection before its answer. */
  | 'closed'
  /** The answer is to another message. */
  | 'wrong_control_id'
  /** The answer is no HL7 acknowledgement. */
  | 'no_acknowledgement';

/** Its text never has a message's content. */
export class MllpError extends Error {
  override readonly name = 'MllpError';

  constructor(
    readonly code: MllpErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
