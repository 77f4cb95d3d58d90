import { signal } from '@preact/signals';
import { api, taken } from '../api/client.ts';
import type { Workbench } from '../api/types.ts';
import { textOf } from '../texts/index.ts';

/** What the service says of itself; asked once. */
export const workbench = signal<Workbench | undefined>(undefined);

export async function loadWorkbench(): Promise<void> {
  workbench.value = await taken(api.GET('/v1/workbench'));
}

/** A class as the person reads it. */
export function className(name: string): string {
  const display = workbench.value?.classes.find((one) => one.class === name)?.display ?? name;
  return textOf(`class.${name}`, display);
}

/** The key that gives crops a class: 1 to 9, by the classes' order. */
export function classKeys(): { key: string; class: string }[] {
  return (workbench.value?.classes ?? [])
    .slice(0, 9)
    .map((one, index) => ({ key: `${index + 1}`, class: one.class }));
}
