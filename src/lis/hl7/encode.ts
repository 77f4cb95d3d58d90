import { DELIMITERS, SEGMENT_END } from './delimiters.js';
import { escapeText } from './escape.js';

/** "There is none, and delete what you have": two quotation marks, not as text. */
export const NULL = Symbol('""');

/** Text, or a component's subcomponents. */
export type Component = string | undefined | readonly (string | undefined)[];
/** One value of a field: text or components. */
export type Value = string | number | typeof NULL | undefined | readonly Component[];

/** Values of one field that repeats. */
export class Repetitions {
  constructor(readonly values: readonly Value[]) {}
}

/** A segment: its name, and its fields by their numbers. */
export interface Segment {
  name: string;
  fields: Readonly<Record<number, Value | Repetitions>>;
}

/** Where the standard's documents say `OBX-5`, this says `{ 5: … }`. */
export function segment(name: string, fields: Segment['fields']): Segment {
  return { name, fields };
}

/** A field with several values, such as PID-3. */
export function repeated(...values: Value[]): Repetitions {
  return new Repetitions(values);
}

/** A message as text: each segment ended by a carriage return, all text escaped. */
export function encodeMessage(segments: readonly Segment[]): string {
  return segments.map((one) => encodeSegment(one) + SEGMENT_END).join('');
}

function encodeSegment({ name, fields }: Segment): string {
  const { field, component, repetition, escape: mark, subcomponent } = DELIMITERS;
  const last = Math.max(0, ...Object.keys(fields).map(Number));
  const texts = Array.from({ length: last }, (_, index) => encodeField(fields[index + 1]));
  // MSH-1 is the separator itself, MSH-2 the other delimiters.
  if (name === 'MSH') texts.splice(0, 2, component + repetition + mark + subcomponent);
  return trimEnd([name, ...texts], field);
}

function encodeField(value: Value | Repetitions): string {
  if (value instanceof Repetitions) return value.values.map(encodeValue).join(DELIMITERS.repetition);
  return encodeValue(value);
}

function encodeValue(value: Value): string {
  if (value === NULL) return NULL.description as string;
  if (typeof value !== 'object') return value === undefined ? '' : escapeText(String(value));
  return trimEnd(value.map(encodeComponent), DELIMITERS.component);
}

function encodeComponent(component: Component): string {
  if (typeof component !== 'object') return escapeText(component ?? '');
  return trimEnd(
    component.map((text) => escapeText(text ?? '')),
    DELIMITERS.subcomponent,
  );
}

/** Joined, without the separators that nothing follows. */
function trimEnd(texts: readonly string[], separator: string): string {
  const length = texts.findLastIndex((text) => text !== '') + 1;
  return texts.slice(0, length).join(separator);
}
