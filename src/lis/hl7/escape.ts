import { DELIMITERS, type Delimiters } from './delimiters.js';

/** The letter of each delimiter between two escape characters (HL7 v2.5.1, 2.7.1). */
const LETTERS = { F: 'field', S: 'component', T: 'subcomponent', R: 'repetition', E: 'escape' } as const;

/**
 * Writes text so that no character of it is read as structure: delimiters as `\F\ \S\ \T\ \R\ \E\`, line ends and
 * other control characters as `\Xhh\`, as MLLP and segments would end at them.
 */
export function escapeText(text: string, delimiters: Delimiters = DELIMITERS): string {
  const { escape: mark } = delimiters;
  const hex = (characters: string) => `${mark}X${hexadecimal(characters)}${mark}`;
  // Two quotation marks alone would mean "delete the value".
  if (text === '""') return hex(text);
  const letterOf = new Map(Object.entries(LETTERS).map(([letter, name]) => [delimiters[name], letter]));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be sent as they are
  return text.replaceAll(/[\x00-\x1f\x7f]+|[^\w\s]/g, (found) => {
    if (/\p{Cc}/u.test(found)) return hex(found);
    const letter = letterOf.get(found);
    return letter ? `${mark}${letter}${mark}` : found;
  });
}

/**
 * The text that `escapeText` was given. Of what others send, `\.br\` and `\.sp\` become line feeds, highlighting
 * disappears, and sequences that are not known stay as they are.
 */
export function unescapeText(text: string, delimiters: Delimiters = DELIMITERS): string {
  const { escape: mark } = delimiters;
  if (!text.includes(mark)) return text;
  const parts = text.split(mark);
  let plain = parts[0] as string;
  for (let index = 1; index < parts.length; index += 2) {
    const sequence = parts[index] as string;
    const after = parts[index + 1];
    // An escape character without its partner is text.
    if (after === undefined) return plain + mark + sequence;
    plain += (meaning(sequence, delimiters) ?? `${mark}${sequence}${mark}`) + after;
  }
  return plain;
}

function meaning(sequence: string, delimiters: Delimiters): string | undefined {
  if (sequence in LETTERS) return delimiters[LETTERS[sequence as keyof typeof LETTERS]];
  if (/^X([0-9A-Fa-f]{2})+$/.test(sequence)) return textOf(Buffer.from(sequence.slice(1), 'hex'));
  if (/^\.(br|sp)/.test(sequence)) return '\n';
  return sequence === 'H' || sequence === 'N' ? '' : undefined;
}

const hexadecimal = (text: string) => Buffer.from(text, 'utf8').toString('hex').toUpperCase();

/** Bytes of UTF-8 or, where they are none, of ISO 8859-1. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
