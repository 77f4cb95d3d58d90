import { decodeText } from './charset.js';
import { DELIMITERS, type Delimiters } from './delimiters.js';
import { Hl7Error } from './error.js';
import { unescapeText } from './escape.js';

/** One segment of a parsed message. Fields, components and subcomponents count from 1, repetitions from 0. */
export class ParsedSegment {
  constructor(
    readonly name: string,
    private readonly fields: readonly string[],
    private readonly delimiters: Delimiters,
  ) {}

  /** The text there, without escape sequences; empty where there is none, or an explicit null (`""`). */
  text(field: number, component = 1, { subcomponent = 1, repetition = 0 } = {}): string {
    const { delimiters } = this;
    const value = this.values(field)[repetition] ?? '';
    const part = value.split(delimiters.component)[component - 1] ?? '';
    const raw = part.split(delimiters.subcomponent)[subcomponent - 1] ?? '';
    return raw === '""' ? '' : unescapeText(raw, delimiters);
  }

  /** How many values the field has. */
  repetitions(field: number): number {
    return this.values(field).length;
  }

  private values(field: number): string[] {
    const raw = this.fields[field - 1] ?? '';
    // The delimiters themselves are no text with delimiters in it.
    if (this.name === 'MSH' && field <= 2) return [];
    return raw === '' ? [] : raw.split(this.delimiters.repetition);
  }
}

/** A parsed message: its segments in order, the first an MSH. */
export class ParsedMessage {
  constructor(readonly segments: readonly ParsedSegment[]) {}

  get header(): ParsedSegment {
    return this.segments[0] as ParsedSegment;
  }

  /** MSH-9's message code, event and structure. */
  get type(): { code: string; event: string; structure: string } {
    const part = (component: number) => this.header.text(9, component);
    return { code: part(1), event: part(2), structure: part(3) };
  }

  get controlId(): string {
    return this.header.text(10);
  }

  first(name: string): ParsedSegment | undefined {
    return this.segments.find((segment) => segment.name === name);
  }

  /** The segments in groups that each begin with one of this name; what comes before the first is in none. */
  groups(name: string): ParsedSegment[][] {
    const groups: ParsedSegment[][] = [];
    for (const segment of this.segments) {
      if (segment.name === name) groups.push([]);
      groups.at(-1)?.push(segment);
    }
    return groups;
  }
}

/**
 * Reads a message of version 2.x in the pipe encoding, whatever its delimiters. Line feeds are taken as ends of
 * segments too, since many senders write them.
 *
 * @param message its bytes without MLLP's framing, read by MSH-18, or its text.
 * @throws Hl7Error where it is none.
 */
export function parseMessage(message: Buffer | string): ParsedMessage {
  const text = typeof message === 'string' ? message : decodeText(message);
  const lines = text.split(/[\r\n]+/).filter((line) => line !== '');
  const delimiters = declared(lines[0] ?? '');
  return new ParsedMessage(lines.map((line, index) => parseSegment(line, index, delimiters)));
}

function parseSegment(line: string, index: number, delimiters: Delimiters): ParsedSegment {
  const [name = '', ...fields] = line.split(delimiters.field);
  if (!/^[A-Z][A-Z0-9]{2}$/.test(name) || (name === 'MSH') !== (index === 0)) {
    throw new Hl7Error('segment_sequence_error', `line ${index + 1} does not begin a segment`);
  }
  return new ParsedSegment(name, name === 'MSH' ? [delimiters.field, ...fields] : fields, delimiters);
}

function declared(header: string): Delimiters {
  if (!header.startsWith('MSH'))
    throw new Hl7Error('segment_sequence_error', 'the message has no MSH segment');
  const field = header[3] ?? '';
  const [component, repetition, mark, subcomponent] = header.slice(4).split(field || '|', 1)[0] ?? '';
  // A sender may leave out what it does not use.
  const delimiters: Delimiters = {
    field,
    component: component ?? '',
    repetition: repetition ?? DELIMITERS.repetition,
    escape: mark ?? DELIMITERS.escape,
    subcomponent: subcomponent ?? DELIMITERS.subcomponent,
  };
  const all = Object.values(delimiters);
  if (all.some((character) => !/^[^\w\s]$/.test(character)) || new Set(all).size < all.length) {
    throw new Hl7Error('data_type_error', 'the delimiters are not five different characters', 'MSH', 2);
  }
  return delimiters;
}
