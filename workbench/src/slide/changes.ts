import type { Change, Crop, Review } from '../api/types.ts';

/** A crop as the person sees it: what it counts as now, with what was said since the last verification. */
export interface Item {
  crop: Crop;
  /** Undefined as long as a person must look. */
  class: string | undefined;
  byPerson: boolean;
}

/** The class of a crop from now on; without one, as if nobody had looked. */
export interface Step {
  crop: string;
  class?: string;
}

export function itemsOf(crops: readonly Crop[], corrections: Review['corrections']): Item[] {
  const pending = new Map(corrections.map(({ crop, class: name }) => [crop, name]));
  return crops.map((crop) => {
    const said = pending.get(crop.crop);
    return { crop, class: said ?? crop.countsAs, byPerson: said !== undefined || crop.byPerson };
  });
}

/** The corrections once these steps are done. */
export function withSteps(corrections: Review['corrections'], steps: readonly Step[]): Review['corrections'] {
  const next = new Map(corrections.map(({ crop, class: name }) => [crop, name]));
  for (const { crop, class: name } of steps) {
    next.delete(crop);
    if (name !== undefined) next.set(crop, name);
  }
  return [...next].map(([crop, name]) => ({ crop, class: name }));
}

/**
 * The steps that take the last ones back, those which a person made at once together. What was taken back already is
 * passed over, so that one can go on to undo up to the last verification.
 */
export function undoing({ changes, revision }: Review, crops: readonly Crop[]): Step[] {
  const stack: Change[][] = [];
  for (const group of groups(changes.filter((change) => change.revision === revision))) {
    const last = stack.at(-1);
    if (last && takesBack(group, last)) stack.pop();
    else stack.push(group);
  }
  const counted = new Map(crops.map(({ crop, countsAs }) => [crop, countsAs]));
  return (stack.at(-1) ?? []).map(({ crop, from }) => ({
    crop,
    ...(from !== undefined && from !== counted.get(crop) && { class: from }),
  }));
}

function groups(changes: readonly Change[]): Change[][] {
  const all: Change[][] = [];
  for (const change of changes) {
    const last = all.at(-1);
    if (last?.[0]?.at === change.at) last.push(change);
    else all.push([change]);
  }
  return all;
}

function takesBack(later: readonly Change[], earlier: readonly Change[]): boolean {
  if (later.length !== earlier.length) return false;
  return later.every((change, index) => {
    const before = earlier[index];
    return (
      before?.crop === change.crop &&
      (change.to === undefined || change.to === before.from) &&
      change.from === before.to
    );
  });
}
