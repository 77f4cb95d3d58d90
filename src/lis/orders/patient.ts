import type { Patient } from '../../slides/slide.js';
import type { ParsedSegment } from '../hl7/parse.js';
import { fromTimestamp } from '../hl7/time.js';

/** HL7 table 0001. */
const SEXES = new Map<string, Patient['sex']>([
  ['F', 'female'],
  ['M', 'male'],
  ['O', 'other'],
  ['A', 'other'],
  ['U', 'unknown'],
]);

/** Whom a PID names; undefined where it has no identifier. Of several the medical record number is taken. */
export function readPatient(pid: ParsedSegment): Patient | undefined {
  const repetitions = Array.from({ length: pid.repetitions(3) }, (_, repetition) => ({
    identifier: pid.text(3, 1, { repetition }),
    type: pid.text(3, 5, { repetition }),
  })).filter(({ identifier }) => identifier !== '');
  const chosen = repetitions.find(({ type }) => type === 'MR') ?? repetitions[0];
  if (!chosen) return undefined;
  const familyName = pid.text(5, 1);
  const givenName = pid.text(5, 2);
  const birthDate = dateOf(pid.text(7));
  const sex = SEXES.get(pid.text(8));
  return {
    identifier: chosen.identifier,
    ...(familyName && { familyName }),
    ...(givenName && { givenName }),
    ...(birthDate && { birthDate }),
    ...(sex && { sex }),
  };
}

/** The day, where all of it is known. */
function dateOf(text: string): string | undefined {
  return /^\d{8}/.test(text) ? fromTimestamp(text.slice(0, 8))?.slice(0, 10) : undefined;
}
