import type { Codes } from './codes.js';
import type { Charset } from './hl7/charset.js';
import type { Party } from './hl7/header.js';

/** What a laboratory sets once for all its reports. */
export interface LisOptions {
  codes: Codes;
  /** hemoserve's own */
  version: string;
  sender: Party;
  receiver: Party;
  hl7: {
    charset: Charset;
    /** OBX-11 of what nobody has verified yet: preliminary, or "entered, not verified". */
    unverified: 'P' | 'R';
  };
  /** The systems of identifiers in FHIR. */
  fhir: {
    /** Before the names of our own systems; ends with `/` or `:`. */
    base: string;
    patient: string;
    specimen: string;
    order: string;
  };
}
