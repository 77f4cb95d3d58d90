import type { Charset } from './charset.js';
import { type Segment, segment } from './encode.js';
import { timestamp } from './time.js';

/** An application and its facility: MSH-3 and MSH-4, or MSH-5 and MSH-6. */
export interface Party {
  application: string;
  facility: string;
}

/** What an MSH segment says besides the version. */
export interface HeaderFields {
  sender: Party;
  receiver: Party;
  /** MSH-9, such as ORU, R01, ORU_R01. */
  type: readonly [code: string, event: string, structure: string];
  /** MSH-10: the same on every repeat of a message; 20 characters at most, by the standard. */
  controlId: string;
  /** MSH-7, an ISO 8601 time. */
  at: string;
  charset: Charset;
  /** MSH-21, such as LAB-29 of IHE. */
  profile?: readonly [identifier: string, namespace: string];
  /** MSH-15 and MSH-16: whom the receiver answers; NE and AL unless given. */
  acknowledgements?: readonly [accept: string, application: string];
}

/** The MSH segment of a message of version 2.5.1 that is no test (MSH-11 is P). */
export function header(fields: HeaderFields): Segment {
  const { sender, receiver, type, controlId, at, charset, profile, acknowledgements } = fields;
  const [accept, application] = acknowledgements ?? ['NE', 'AL'];
  return segment('MSH', {
    3: sender.application,
    4: sender.facility,
    5: receiver.application,
    6: receiver.facility,
    7: timestamp(at),
    9: type,
    10: controlId,
    11: 'P',
    12: '2.5.1',
    15: accept,
    16: application,
    18: charset,
    21: profile,
  });
}
