/** The gallery's tiles, in the order in which they are on the screen. */
export function tiles(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-crop]')];
}

/** Their crops. */
export function cropsOnScreen(): string[] {
  return tiles().flatMap(({ dataset }) => dataset.crop ?? []);
}

export function toggled(selected: ReadonlySet<string>, crop: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(crop)) next.add(crop);
  return next;
}
