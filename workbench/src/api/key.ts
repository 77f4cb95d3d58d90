import { signal } from '@preact/signals';

const STORAGE = 'hemoserve.key';

/** Of the service; kept until the tab is closed. */
let key = sessionStorage.getItem(STORAGE) ?? undefined;

/** Somebody waits for a key; the dialog of ui/key-dialog.tsx answers. */
export const keyWanted = signal(false);
/** Whether the last key that was given was refused. */
export const keyRefused = signal(false);
let waiting: (() => void)[] = [];

export function authorization(): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** Resolves once a person has given a key other than the one that was refused. */
export function askForKey(refused: string | undefined): Promise<void> {
  if (refused !== authorization().authorization) return Promise.resolve();
  keyRefused.value = refused !== undefined;
  keyWanted.value = true;
  return new Promise((resolve) => waiting.push(resolve));
}

export function giveKey(given: string): void {
  key = given;
  sessionStorage.setItem(STORAGE, given);
  keyWanted.value = false;
  for (const resolve of waiting) resolve();
  waiting = [];
}
