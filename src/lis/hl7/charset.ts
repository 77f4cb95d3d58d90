import { Hl7Error } from './error.js';

/** What MSH-18 may say in our messages (HL7 table 0211). */
export const CHARSETS = ['UNICODE UTF-8', '8859/1'] as const;
export type Charset = (typeof CHARSETS)[number];

/**
 * The bytes of a message.
 *
 * @throws Hl7Error where a character is not in the character set: a name or number is never sent changed.
 */
export function encodeText(text: string, charset: Charset): Buffer {
  if (charset === 'UNICODE UTF-8') return Buffer.from(text, 'utf8');
  const foreign = [...text].find((character) => character > '\u00ff');
  if (foreign) throw new Hl7Error('data_type_error', `'${foreign}' is not in the character set ${charset}`);
  return Buffer.from(text, 'latin1');
}

/**
 * The text of a message, by what its MSH-18 says: UTF-8 and ASCII (also where it says nothing), `8859/n`.
 *
 * @throws Hl7Error where the character set is another one, or the bytes are not of it.
 */
export function decodeText(bytes: Buffer): string {
  const name = declaredCharset(bytes);
  const label = encodingLabel(name);
  if (!label) throw new Hl7Error('table_value_not_found', `unknown character set ${name}`, 'MSH', 18);
  // The platform's decoder of this name is of Windows-1252.
  if (label === 'iso-8859-1') return bytes.toString('latin1');
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Hl7Error('data_type_error', `the bytes are not ${name || 'UTF-8'}`, 'MSH', 18);
  }
}

function encodingLabel(name: string): string | undefined {
  if (['', 'ASCII', 'UNICODE UTF-8', 'UTF-8'].includes(name)) return 'utf-8';
  const part = /^(?:ISO[- ]?)?8859[/-](\d{1,2})$/.exec(name)?.[1];
  if (!part || ['11', '12'].includes(part) || Number(part) < 1 || Number(part) > 16) return undefined;
  return `iso-8859-${Number(part)}`;
}

/** MSH-18's first repetition; the header up to there is ASCII in all of these. */
function declaredCharset(bytes: Buffer): string {
  const [header = ''] = bytes
    .subarray(0, 4096)
    .toString('latin1')
    .replace(/^[\r\n]+/, '')
    .split(/[\r\n]/, 1);
  const separator = header[3] ?? '|';
  const repetition = header[5] ?? '~';
  return (header.split(separator)[17]?.split(repetition, 1)[0] ?? '').trim().toUpperCase();
}
