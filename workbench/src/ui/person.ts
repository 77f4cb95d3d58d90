import { computed, signal } from '@preact/signals';
import type { Person } from '../api/types.ts';
import { workbench } from '../slides/workbench.ts';

const STORAGE = 'hemoserve.person';

/** By what he or she said; until the tab is closed, as a computer has many users. */
const said = signal<Person | undefined>(JSON.parse(sessionStorage.getItem(STORAGE) ?? 'null') ?? undefined);

/** Who works here. What the service knows by the key counts, and nobody is asked then. */
export const person = computed<Person | undefined>(() => workbench.value?.person ?? said.value);

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
    said.value = given;
    sessionStorage.setItem(STORAGE, JSON.stringify(given));
  }
  personWanted.value = false;
  for (const resolve of waiting) resolve(given);
  waiting = [];
}
