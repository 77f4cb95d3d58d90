import { workbench } from '../slides/workbench.ts';
import type { Item } from './changes.ts';
import type { Sort } from './state.ts';

/** Crops of one class; without a class those that a person must look at, which come first. */
export interface Group {
  class: string | undefined;
  items: Item[];
}

export function groupsOf(items: readonly Item[], sort: Sort): Group[] {
  const byClass = new Map<string | undefined, Item[]>();
  for (const item of items) {
    const group = byClass.get(item.class);
    if (group) group.push(item);
    else byClass.set(item.class, [item]);
  }
  const order = [undefined, ...(workbench.value?.classes ?? []).map((one) => one.class)];
  const others = [...byClass.keys()].filter((name) => !order.includes(name));
  return [...order, ...others].flatMap((name) => {
    const group = byClass.get(name);
    return group ? { class: name, items: sorted(group, sort) } : [];
  });
}

function sorted(items: Item[], sort: Sort): Item[] {
  const sign = sort === 'surest' ? -1 : 1;
  const value = ({ crop }: Item) => (sort === 'number' ? crop.number : sign * crop.result.probability);
  return items.toSorted((a, b) => value(a) - value(b));
}
