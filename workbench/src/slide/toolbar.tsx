import { useSignal } from '@preact/signals';
import { t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { chosenFiles } from '../upload/files.ts';
import type { SlideState, Sort } from './state.ts';

const SORTS: readonly Sort[] = ['number', 'surest', 'unsurest'];
const STORAGE = 'hemoserve.tile';

interface Props {
  state: SlideState;
  onCompare(crops: string[]): void;
  onSend(files: File[]): void;
}

/** How the gallery is sorted and how large its crops are; what can be done with the selected ones. */
export function Toolbar({ state, onCompare, onSend }: Props) {
  const size = useSignal(Number(localStorage.getItem(STORAGE) ?? 128));
  const selected = state.selected.value;
  const hasPictures = state.items.value.some(({ crop }) => state.images.url(crop.crop).value !== undefined);
  document.documentElement.style.setProperty('--tile', `${size.value}px`);
  return (
    <section class="toolbar" aria-label={t('toolbar.title')}>
      <label>
        {t('toolbar.sort')}
        <select
          value={state.sort.value}
          onChange={(event) => {
            state.sort.value = event.currentTarget.value as Sort;
          }}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`sort.${sort}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('toolbar.size')}
        <input
          type="range"
          min={80}
          max={280}
          step={8}
          value={size.value}
          onInput={(event) => {
            size.value = Number(event.currentTarget.value);
            localStorage.setItem(STORAGE, String(size.value));
          }}
        />
      </label>
      <span class="spacer" />
      {selected.size > 0 && <span class="note">{t('toolbar.selected', { count: selected.size })}</span>}
      <button type="button" disabled={selected.size !== 2} onClick={() => onCompare([...selected])}>
        {t('toolbar.compare')} <kbd>c</kbd>
      </button>
      <button
        type="button"
        data-action="undo"
        disabled={state.undoSteps.value.length === 0 || !state.canChange.value}
        onClick={() => void state.undo()}
      >
        {t('toolbar.undo')} <kbd>u</kbd>
      </button>
      {!hasPictures && state.items.value.length > 0 && !state.upload.value && (
        <label class="button">
          {t('toolbar.pictures')}
          <input
            type="file"
            multiple
            class="visually-hidden"
            onChange={(event) => {
              void chosenFiles([...(event.currentTarget.files ?? [])]).then(onSend, tellError);
            }}
          />
        </label>
      )}
    </section>
  );
}
