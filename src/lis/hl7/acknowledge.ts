import { encodeMessage, segment } from './encode.js';
import { CONDITIONS, type Hl7Error } from './error.js';
import { type HeaderFields, header } from './header.js';
import type { ParsedMessage } from './parse.js';

/** MSA-1: done; failed here; refused as it is (HL7 table 0008). */
export type AcknowledgementCode = 'AA' | 'AE' | 'AR';

/**
 * The general acknowledgement of a message, with an ERR segment for what was wrong with it.
 *
 * @param received the message, or undefined where it could not be read.
 * @param answer what the MSH says; sender and receiver are those of the answer.
 */
export function acknowledge(
  received: ParsedMessage | undefined,
  code: AcknowledgementCode,
  answer: Omit<HeaderFields, 'type'>,
  error?: Hl7Error,
): string {
  const event = received?.type.event;
  const msa = segment('MSA', { 1: code, 2: received?.controlId || 'UNKNOWN' });
  const head = header({ ...answer, type: ['ACK', event ?? '', 'ACK'], acknowledgements: ['NE', 'NE'] });
  return encodeMessage([head, msa, ...(error ? [errorSegment(error)] : [])]);
}

/** ERR: where, what by table 0357, and in words. */
export function errorSegment({ condition, message, segment: name, field, sequence }: Hl7Error) {
  const { code, text } = CONDITIONS[condition];
  return segment('ERR', {
    2: name && [name, String(sequence), field?.toString()],
    3: [code, text, 'HL70357'],
    4: 'E',
    8: message,
  });
}

/** What a receiver answered: its code, whose message it is about, and what it says is wrong. */
export interface Acknowledgement {
  code: string;
  controlId: string;
  /** ERR-3 and ERR-8, or MSA-3, as far as they are there. */
  text: string;
}

/** Reads the MSA of an ACK or of another response; undefined where it has none. */
export function readAcknowledgement(message: ParsedMessage): Acknowledgement | undefined {
  const msa = message.first('MSA');
  if (!msa) return undefined;
  const err = message.first('ERR');
  const texts = [msa.text(3), err?.text(3), err?.text(3, 2), err?.text(8)];
  return { code: msa.text(1), controlId: msa.text(2), text: texts.filter(Boolean).join(' ') };
}
