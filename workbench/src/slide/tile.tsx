import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import type { Item } from './changes.ts';
import { dragCrops } from './drag.ts';
import { cropsOnScreen, toggled } from './selection.ts';
import type { SlideState } from './state.ts';

interface Props {
  state: SlideState;
  item: Item;
  isFirst: boolean;
  onOpen(crop: string): void;
}

/** One crop of the gallery: its picture, how sure the model is, and why a person must look. */
export function Tile({ state, item, isFirst, onOpen }: Props) {
  const { crop, number, result, filename } = item.crop;
  const element = useRef<HTMLDivElement>(null);
  const url = state.images.url(crop).value;
  const isSelected = useComputed(() => state.selected.value.has(crop)).value;
  const isFocused = useComputed(() => state.focused.value === crop).value;
  const hasNoFocus = useComputed(() => state.focused.value === undefined).value;

  useEffect(() => {
    if (url || !element.current) return;
    const seen = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) state.images.want(crop);
      },
      { rootMargin: '300px' },
    );
    seen.observe(element.current);
    return () => seen.disconnect();
  }, [url]);

  const reasons = item.class === undefined ? (result.reasons ?? []) : [];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys.ts has the keys of all tiles.
    <div
      ref={element}
      role="option"
      class={`tile ${item.class === undefined ? 'review' : ''} ${item.byPerson ? 'by-person' : ''}`}
      aria-selected={isSelected}
      title={filename}
      tabIndex={isFocused || (hasNoFocus && isFirst) ? 0 : -1}
      data-crop={crop}
      draggable={state.canChange.value}
      onFocus={() => {
        state.focused.value = crop;
      }}
      onClick={(event) => select(state, crop, event)}
      onDblClick={() => onOpen(crop)}
      onDragStart={(event) => dragCrops(event, state, crop)}
    >
      {url ? (
        <img src={url} alt="" decoding="async" draggable={false} />
      ) : (
        <span class="no-image" aria-hidden="true">
          {number}
        </span>
      )}
      <span class="caption">
        <span class="suggestion">
          <span class="visually-hidden">{t('crop.number', { number })} </span>
          <span class={item.class === undefined ? '' : 'visually-hidden'}>{className(result.class)}</span>
        </span>
        <span class="percent">{formatNumber(100 * result.probability, 0)} %</span>
      </span>
      {reasons.length > 0 && (
        <span class="reasons">
          {reasons.map((reason) => (
            <span key={reason} class="chip warn">
              {t(`reason.short.${reason}`)}
            </span>
          ))}
        </span>
      )}
      {item.byPerson && item.class !== undefined && (
        <span class="mark">
          <span aria-hidden="true">✓</span>
          <span class="visually-hidden">{t('crop.byPerson')}</span>
        </span>
      )}
    </div>
  );
}

/** One by a click, more with Ctrl, a row of them with Shift. */
function select(state: SlideState, crop: string, { ctrlKey, metaKey, shiftKey }: MouseEvent): void {
  const { selected, focused } = state;
  if (shiftKey && focused.value)
    selected.value = new Set([...selected.value, ...between(focused.value, crop)]);
  else if (ctrlKey || metaKey) selected.value = toggled(selected.value, crop);
  else selected.value = selected.value.size === 1 && selected.value.has(crop) ? new Set() : new Set([crop]);
  focused.value = crop;
}

/** Crops from one to another, as they are on the screen. */
function between(a: string, b: string): string[] {
  const crops = cropsOnScreen();
  const [from = 0, to = 0] = [crops.indexOf(a), crops.indexOf(b)].sort((x, y) => x - y);
  return crops.slice(from, to + 1);
}
