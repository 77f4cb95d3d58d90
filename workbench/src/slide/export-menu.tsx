import { useSignal } from '@preact/signals';
import { workbench } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { tell, tellError } from '../ui/notices.tsx';
import { labelledCrops, labelledZip } from './labelled.ts';
import { FORMATS, saveFile, saveSlide } from './save.ts';
import type { SlideState } from './state.ts';

/** The slide as a file: for the laboratory's system, on paper, or to teach the next model. */
export function ExportMenu({ state }: { state: SlideState }) {
  const isOpen = useSignal(false);
  const isVerified = ['verified', 'corrected'].includes(state.report.value?.status ?? '');

  async function saveLabelled(): Promise<void> {
    try {
      const crops = await labelledCrops(state.items.value, state.images);
      if (crops.length === 0) return tell(t('labelled.none'));
      const counted = new Set(
        (workbench.value?.classes ?? []).flatMap((one) => (one.role === 'not_counted' ? [] : one.class)),
      );
      saveFile(await labelledZip(crops, (name) => counted.has(name)), `${state.id}-labelled.zip`);
    } catch (error) {
      tellError(error);
    }
  }
  const item = (name: string, title: string, act: () => void, disabled = false) => (
    <li key={name}>
      <button
        type="button"
        data-export={name}
        disabled={disabled}
        onClick={() => {
          isOpen.value = false;
          act();
        }}
      >
        {title}
      </button>
    </li>
  );
  return (
    <details
      class="menu"
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary class="button">{t('export.title')}</summary>
      <ul>
        {FORMATS.map((format) => item(format.name, format.title, () => void saveSlide(state.id, format)))}
        {item('print', t('export.print'), () => print())}
        {item('labelled', t('export.labelled'), () => void saveLabelled(), !isVerified)}
      </ul>
    </details>
  );
}
