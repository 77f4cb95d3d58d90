import { classKeys } from '../slides/workbench.ts';
import { cropsOnScreen, tiles, toggled } from './selection.ts';
import type { SlideState } from './state.ts';

export interface Actions {
  open(crop: string): void;
  compare(crops: string[]): void;
  help(): void;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/** What keys do in the gallery; the help dialog says the same to the person. */
export function onGalleryKey(event: KeyboardEvent, state: SlideState, actions: Actions): void {
  const target = event.target as HTMLElement;
  if (target.closest('dialog, input, select, textarea') || event.altKey) return;
  const { key, shiftKey } = event;
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z') void state.undo();
    else if (key === 'a') state.selected.value = new Set(sameGroup(state.focused.value));
    else return;
    event.preventDefault();
    return;
  }
  const isOnTile = target.matches('[data-crop]');
  // The larger view may have gone on to another crop.
  if (isOnTile) state.focused.value = target.dataset.crop;
  const crop = state.focused.value;
  const name = classKeys().find((one) => one.key === key)?.class;
  if (name !== undefined) void assign(state, name);
  else if (key === 'u') void state.undo();
  else if (key === '?') actions.help();
  else if (key === 'y') void confirm(state);
  else if (key === 'c') actions.compare(state.targets());
  else if (key === 'Escape') state.selected.value = new Set();
  else if (!isOnTile || crop === undefined) return;
  else if (key === 'Enter') actions.open(crop);
  else if (key === ' ') state.selected.value = toggled(state.selected.value, crop);
  else if (key.startsWith('Arrow') || key === 'Home' || key === 'End') {
    const next = nextTile(target, key);
    if (next?.dataset.crop && shiftKey)
      state.selected.value = new Set([...state.selected.value, crop, next.dataset.crop]);
    next?.focus();
  } else return;
  event.preventDefault();
}

/** Gives the targets a class, and the focus to what stands where they stood. */
export async function assign(state: SlideState, name: string): Promise<void> {
  const all = cropsOnScreen();
  const targets = new Set(state.targets());
  const last = all.findLastIndex((crop) => targets.has(crop));
  const next =
    all.slice(last + 1).find((crop) => !targets.has(crop)) ?? all.find((crop) => !targets.has(crop));
  const saved = state.assignSelected(name);
  if (next !== undefined) focusTile(next);
  await saved;
}

/** Says that the model is right with the targets. */
async function confirm(state: SlideState): Promise<void> {
  const targets = new Set(state.targets());
  const crops = state.items.value.filter(({ crop }) => targets.has(crop.crop));
  state.selected.value = new Set();
  const all = cropsOnScreen();
  const next = all.slice(all.findLastIndex((crop) => targets.has(crop)) + 1)[0];
  const saved = state.assign(crops.map(({ crop }) => ({ crop: crop.crop, class: crop.result.class })));
  if (next !== undefined) focusTile(next);
  await saved;
}

/** The focus follows once the crops are where they belong. */
function focusTile(crop: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-crop="${crop}"]`)?.focus());
}

function sameGroup(crop: string | undefined): string[] {
  const tile = crop === undefined ? undefined : document.querySelector(`[data-crop="${crop}"]`);
  const group = tile?.closest('.tiles')?.querySelectorAll<HTMLElement>('[data-crop]') ?? [];
  return [...group].flatMap(({ dataset }) => dataset.crop ?? []);
}

/** The tile beside this one, or the nearest of the row above or below it, also of another group. */
function nextTile(tile: HTMLElement, key: string): HTMLElement | undefined {
  const all = tiles();
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  const step = STEPS[key];
  if (step !== undefined) return all[all.indexOf(tile) + step];
  const sign = key === 'ArrowDown' ? 1 : -1;
  const here = tile.getBoundingClientRect();
  const places = all.map((one) => ({ one, at: one.getBoundingClientRect() }));
  const beyond = places.filter(({ at }) => sign * (at.top - here.top) > here.height / 2);
  const row = sign * Math.min(...beyond.map(({ at }) => sign * at.top));
  const inRow = beyond.filter(({ at }) => Math.abs(at.top - row) < 2);
  return inRow.sort((a, b) => Math.abs(a.at.left - here.left) - Math.abs(b.at.left - here.left))[0]?.one;
}
