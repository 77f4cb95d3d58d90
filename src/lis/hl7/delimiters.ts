/** The characters that a message's MSH-1 and MSH-2 declare (HL7 v2.5.1, 2.5.4). */
export interface Delimiters {
  field: string;
  component: string;
  repetition: string;
  escape: string;
  subcomponent: string;
}

/** What nearly every message has, and all of ours. */
export const DELIMITERS: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
};

/** Ends each segment; never a line feed. */
export const SEGMENT_END = '\r';
