import { readAcknowledgement } from '../hl7/acknowledge.js';
import { Hl7Error } from '../hl7/error.js';
import { parseMessage } from '../hl7/parse.js';
import { MllpError } from './error.js';

/** HL7 table 0008: accepted, error (the message is wrong), rejected (not for its content; it may be repeated). */
const VERDICTS = new Map<string, Verdict['verdict']>([
  ['AA', 'accepted'],
  ['CA', 'accepted'],
  ['AE', 'error'],
  ['CE', 'error'],
  ['AR', 'rejected'],
  ['CR', 'rejected'],
]);

export interface Verdict {
  verdict: 'accepted' | 'error' | 'rejected';
  /** Code and reason in the receiver's words, for whoever looks after the dead letters. It may name a patient. */
  reason: string;
}

/**
 * What the answer to a message says.
 *
 * @param controlId of the message that was sent (its MSH-10).
 * @throws MllpError where the answer is no acknowledgement, or one of another message.
 */
export function readVerdict(answer: Buffer, controlId: string): Verdict {
  const acknowledgement = read(answer);
  const code = acknowledgement?.code ?? '';
  const verdict = VERDICTS.get(code);
  if (!acknowledgement || !verdict) {
    throw new MllpError('no_acknowledgement', 'the answer has no MSA segment with a code');
  }
  if (acknowledgement.controlId !== controlId) {
    throw new MllpError('wrong_control_id', 'the answer is to another message');
  }
  return { verdict, reason: [code, acknowledgement.text].filter(Boolean).join(' ') };
}

function read(answer: Buffer) {
  try {
    return readAcknowledgement(parseMessage(answer));
  } catch (error) {
    if (error instanceof Hl7Error) throw new MllpError('no_acknowledgement', error.message, { cause: error });
    throw error;
  }
}
