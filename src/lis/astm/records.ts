import { timestamp } from '../hl7/time.js';

/** Ends each record. */
export const RECORD_END = '\r';

const LETTERS = { '|': 'F', '^': 'S', '\\': 'R', '&': 'E' } as const;

/** A field: text, or its components. */
export type AstmField = string | number | undefined | readonly (string | number | undefined)[];

/**
 * One record of CLSI LIS2-A2 (ASTM E1394): its type, and its fields by their numbers in the standard, where the type
 * is field 1. Delimiters and control characters in texts are escaped.
 */
export function astmRecord(type: string, fields: Readonly<Record<number, AstmField>>): string {
  const last = Math.max(1, ...Object.keys(fields).map(Number));
  const texts = Array.from({ length: last - 1 }, (_, index) => encodeField(fields[index + 2]));
  // The header's second field declares the delimiters.
  if (type === 'H') texts[0] = '\\^&';
  return [type, ...texts].join('|').replace(/\|+$/, '') + RECORD_END;
}

function encodeField(field: AstmField): string {
  if (typeof field !== 'object') return escapeAstm(String(field ?? ''));
  return field
    .map((component) => escapeAstm(String(component ?? '')))
    .join('^')
    .replace(/\^+$/, '');
}

/** Delimiters as `&F& &S& &R& &E&`, control characters as `&Xhh&`. */
export function escapeAstm(text: string): string {
  return text.replaceAll(/\p{Cc}|[|^\\&]/gu, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    return `&${LETTERS[character as keyof typeof LETTERS] ?? `X${hex}`}&`;
  });
}

/** A time, to the second, with its zone, which the standard lets follow. */
export const astmTime = timestamp;
