import type { Identifier, Reference } from 'fhir/r4.js';
import { v5 } from 'uuid';
import type { LisOptions } from '../options.js';

/** Of the UUIDs that resources have within a bundle. */
const NAMESPACE = 'b7a0bb4c-6f0e-4d2f-9c39-7c4d3f7f0e51';

/** Text as FHIR's `string` allows it: no control characters but line ends and tabs, and not empty. */
export function fhirText(text: string): string | undefined {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]|\p{Cs}/gu, '\ufffd')
    .trim();
  return clean === '' ? undefined : clean;
}

/** An identifier of one of our own systems, such as `slide`. */
export function ownIdentifier({ fhir }: LisOptions, system: string, value: string): Identifier {
  return identifier(`${fhir.base}${system}`, value);
}

export function identifier(system: string, value: string): Identifier {
  return { system, value: fhirText(value) ?? '\ufffd' };
}

/** A reference by identifier to what the receiver has already, or undefined without a value. */
export function logicalReference(
  type: string,
  system: string,
  value: string | undefined,
): Reference | undefined {
  return value === undefined ? undefined : { type, identifier: identifier(system, value) };
}

/** The same UUID for the same identifier, as a bundle's `fullUrl`. */
export function fullUrl({ system, value }: Identifier): string {
  return `urn:uuid:${v5(`${system}|${value}`, NAMESPACE)}`;
}

/** The search that a conditional update names its resource by. */
export function conditionalUrl(type: string, { system = '', value = '' }: Identifier): string {
  // What separates search parameters is escaped in their values.
  const escaped = [system, value].map((part) => part.replaceAll(/[\\|$,]/g, '\\$&'));
  return `${type}?identifier=${escaped.map(encodeURIComponent).join('%7C')}`;
}
