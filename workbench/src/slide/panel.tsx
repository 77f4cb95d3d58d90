import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { className } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import type { Item } from './changes.ts';
import { heatmapOf } from './heatmap.ts';
import type { SlideState } from './state.ts';

const ZOOMS = [1, 1.5, 2, 3, 4, 6];

/** Of the heat map over the crop, in per cent; the same for all crops, until the page is closed. */
const strength = signal(100);

/** A crop, large: zoom, and the heat map over it. */
export function CropPanel({ state, item }: { state: SlideState; item: Item }) {
  const { crop, number, model, filename } = item.crop;
  const zoom = useSignal(0);
  const heatmap = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const lens = useRef<HTMLElement>(null);
  const url = state.images.url(crop).value;

  useEffect(() => {
    heatmap.value = undefined;
    state.images.want(crop);
  }, [crop]);

  // At once: what had the focus may be gone or disabled then, and keys would reach nobody.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) lens.current?.focus();
  }, [heatmap.value, isBusy.value]);

  async function toggleHeatmap(): Promise<void> {
    if (heatmap.value) {
      heatmap.value = undefined;
      return;
    }
    isBusy.value = true;
    try {
      const file = await state.images.blob(crop);
      if (file) heatmap.value = await heatmapOf(file, model);
    } catch (error) {
      tellError(error);
    }
    isBusy.value = false;
  }
  const step = (by: number) => {
    zoom.value = Math.max(0, Math.min(ZOOMS.length - 1, zoom.value + by));
  };

  return (
    <figure class="panel">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section ref={lens} class="lens" tabIndex={0} aria-label={t('viewer.picture', { number })}>
        {url ? (
          <div class="layers" style={{ width: `${100 * (ZOOMS[zoom.value] ?? 1)}%` }}>
            <img
              src={url}
              alt={t('crop.alt', { number, class: className(item.class ?? item.crop.result.class) })}
            />
            {heatmap.value && (
              <img class="heat" src={heatmap.value} alt="" style={{ opacity: strength.value / 100 }} />
            )}
          </div>
        ) : (
          <p class="no-image">{t('viewer.noImage')}</p>
        )}
      </section>
      <figcaption>
        <span class="file-name" title={filename}>
          {t('crop.number', { number })} {filename && `· ${filename}`}
        </span>
        <span class="buttons">
          <button
            type="button"
            data-action="zoom-out"
            onClick={() => step(-1)}
            disabled={zoom.value === 0}
            aria-label={t('viewer.zoomOut')}
          >
            −
          </button>
          <button
            type="button"
            data-action="zoom-in"
            onClick={() => step(1)}
            disabled={zoom.value === ZOOMS.length - 1}
            aria-label={t('viewer.zoomIn')}
          >
            +
          </button>
          <button
            type="button"
            data-action="heatmap"
            aria-pressed={heatmap.value !== undefined}
            disabled={!url || isBusy.value}
            onClick={() => void toggleHeatmap()}
          >
            {t('viewer.heatmap')} <kbd>h</kbd>
          </button>
        </span>
        {heatmap.value && (
          <label class="strength">
            {t('viewer.opacity')}
            <input
              type="range"
              min={0}
              max={100}
              step={5}
              value={strength.value}
              aria-valuetext={`${strength.value} %`}
              onInput={(event) => {
                strength.value = event.currentTarget.valueAsNumber;
              }}
            />
            <output>{strength.value} %</output>
          </label>
        )}
      </figcaption>
    </figure>
  );
}
