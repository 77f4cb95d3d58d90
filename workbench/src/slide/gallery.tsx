import { useComputed } from '@preact/signals';
import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { dropTarget } from './drag.ts';
import { groupsOf } from './groups.ts';
import type { SlideState } from './state.ts';
import { Tile } from './tile.tsx';

/** All crops, by class; those that a person must look at first. */
export function Gallery({ state, onOpen }: { state: SlideState; onOpen(crop: string): void }) {
  const groups = useComputed(() => groupsOf(state.items.value, state.sort.value)).value;
  return (
    <div class="gallery">
      {groups.map(({ class: name, items }, index) => {
        const title = name === undefined ? t('gallery.review') : className(name);
        return (
          <section
            key={name ?? ''}
            class={`group ${name === undefined ? 'review' : ''}`}
            {...(name !== undefined && dropTarget(state, name))}
          >
            <h2>
              {name !== undefined && <span class="dot" data-class={name} />}
              {title} <span class="count">{formatNumber(items.length)}</span>
            </h2>
            <div class="tiles" role="listbox" aria-multiselectable="true" aria-label={title}>
              {items.map((item, place) => (
                <Tile
                  key={item.crop.crop}
                  state={state}
                  item={item}
                  isFirst={index === 0 && place === 0}
                  onOpen={onOpen}
                />
              ))}
            </div>
          </section>
        );
      })}
    </div>
  );
}
