import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { classKeys, className } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Facts } from './facts.tsx';
import { CropPanel } from './panel.tsx';
import { References } from './references.tsx';
import type { SlideState } from './state.ts';

interface Props {
  state: SlideState;
  /** In the order in which they are looked through, which stays while they get other classes. */
  crops: readonly string[];
  start: string;
  onClose(): void;
}

const BUTTON_KEYS: Record<string, string> = { h: 'heatmap', '+': 'zoom-in', '-': 'zoom-out' };

/** One crop after the other, large, with all that the model says. */
export function Viewer({ state, crops, start, onClose }: Props) {
  const place = useSignal(Math.max(0, crops.indexOf(start)));
  const body = useRef<HTMLDivElement>(null);
  const item = state.items.value.find(({ crop }) => crop.crop === crops[place.value]);
  if (!item) return null;
  const { crop, result } = item.crop;
  const move = (by: number) => {
    place.value = Math.max(0, Math.min(crops.length - 1, place.value + by));
    state.focused.value = crops[place.value];
  };
  const assign = (name: string) => {
    void state.assign([{ crop, class: name }]);
    move(1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // The arrows are the slider's own.
    const isInSlider = (event.target as HTMLElement).matches('[type=range]');
    if (isInSlider && /^Arrow/.test(event.key)) return;
    const name = classKeys().find(({ key }) => key === event.key)?.class;
    const button = BUTTON_KEYS[event.key];
    const isInLens =
      (event.target as HTMLElement).closest('.lens') &&
      (event.target as HTMLElement).closest('.lens')?.querySelector<HTMLElement>('.layers')?.style.width !==
        '100%';
    if (name !== undefined && state.canChange.value) assign(name);
    else if (event.key === 'y' && state.canChange.value) assign(result.class);
    else if (event.key === 'u') void state.undo();
    else if (event.key === 'ArrowRight' && !isInLens) move(1);
    else if (event.key === 'ArrowLeft' && !isInLens) move(-1);
    else if (button) body.current?.querySelector<HTMLButtonElement>(`[data-action="${button}"]`)?.click();
    else return;
    event.preventDefault();
  };
  const title =
    item.class === undefined
      ? t('viewer.undecided', { class: className(result.class) })
      : className(item.class);
  return (
    <Dialog title={title} class="viewer" onClose={onClose} onKeyDown={onKeyDown}>
      <div ref={body} class="viewer-body">
        <CropPanel state={state} item={item} />
        <Facts item={item} />
        <div class="viewer-classes">
          <h3>{t('viewer.assign')}</h3>
          <div class="class-grid">
            {classKeys().map(({ key, class: name }) => (
              <button
                key={name}
                type="button"
                aria-pressed={item.class === name}
                disabled={!state.canChange.value}
                onClick={() => assign(name)}
              >
                <kbd>{key}</kbd> {className(name)}
              </button>
            ))}
          </div>
          <References
            names={[item.class ?? result.class, ...(result.predictionSet ?? [])]}
            model={item.crop.model}
          />
        </div>
      </div>
      <footer>
        <button type="button" onClick={() => move(-1)} disabled={place.value === 0}>
          ← {t('viewer.previous')}
        </button>
        <span>{t('viewer.place', { place: place.value + 1, count: crops.length })}</span>
        <button type="button" onClick={() => move(1)} disabled={place.value === crops.length - 1}>
          {t('viewer.next')} →
        </button>
      </footer>
    </Dialog>
  );
}
