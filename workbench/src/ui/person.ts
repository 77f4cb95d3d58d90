import { signal } from '@preact/signals';
import type { Person } from '../api/types.ts';

const STORAGE = 'hemoserve.person';

/** Who works here, by what he or she said; until the tab is closed, as a computer has many users. */
export const person = signal<Person | undefined>(
  JSON.parse(sessionStorage.getItem(STORAGE) ?? 'null') ?? undefined,
);

/** Somebody waits for a name; the dialog of ui/person-dialog.tsx answers. */
export const personWanted = signal(false);
let waiting: ((given: Person | undefined) => void)[] = [];

/** The person, asked if not known yet; undefined where he or she does not say. */
export function whoIsIt(): Promise<Person | undefined> {
  if (person.value) return Promise.resolve(person.value);
  personWanted.value = true;
  return new Promise((resolve) => waiting.push(resolve));
}

export function givePerson(given: Person | undefined): void {
  if (given) {
    person.value = given;
    sessionStorage.setItem(STORAGE, JSON.stringify(given));
  }
  personWanted.value = false;
  for (const resolve of waiting) resolve(given);
  waiting = [];
}
