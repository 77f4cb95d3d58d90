import type { Correction, Person } from './verification.js';

/** One step of a review: a person gave a crop another class. Kept for good, also when a later one takes it back. */
export interface ReviewChange {
  /** Of the slide's changes, from 1. */
  number: number;
  /** SHA-256 of the crop's file. */
  crop: string;
  /** What the crop counted as before; absent while a person had to look. */
  from?: string;
  /** What it counts as after; absent where it is as if nobody had looked since the last verification. */
  to?: string;
  by: Person;
  at: string;
  /** Of the slide, at that time: a verification takes in the changes of its revision. */
  revision: number;
}

/** That a slide is one person's, so that no other changes it meanwhile. */
export interface Claim {
  by: Person;
  /** ISO 8601 in UTC; each change of the person puts it off. */
  until: string;
}

/** The corrections that the changes since the last verification make, each crop once. */
export function pendingCorrections(changes: readonly ReviewChange[], revision: number): Correction[] {
  const last = new Map<string, string | undefined>();
  for (const change of changes) if (change.revision === revision) last.set(change.crop, change.to);
  return [...last].flatMap(([crop, to]) => (to === undefined ? [] : { crop, class: to }));
}

/** By the staff number where both have one, or else by the name. */
export function isSamePerson(a: Person, b: Person): boolean {
  if (a.identifier !== undefined && b.identifier !== undefined) return a.identifier === b.identifier;
  return a.name === b.name;
}
