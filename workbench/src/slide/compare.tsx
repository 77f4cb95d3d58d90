import { className } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Facts } from './facts.tsx';
import { CropPanel } from './panel.tsx';
import type { SlideState } from './state.ts';

interface Props {
  state: SlideState;
  crops: readonly string[];
  onClose(): void;
}

/** Two crops side by side. */
export function Compare({ state, crops, onClose }: Props) {
  const items = crops.flatMap((crop) => state.items.value.find((item) => item.crop.crop === crop) ?? []);
  return (
    <Dialog title={t('compare.title')} class="viewer compare" onClose={onClose}>
      <div class="compare-body">
        {items.map((item) => (
          <section key={item.crop.crop}>
            <h3>
              {item.class === undefined
                ? t('viewer.undecided', { class: className(item.crop.result.class) })
                : className(item.class)}
            </h3>
            <CropPanel state={state} item={item} />
            <Facts item={item} />
          </section>
        ))}
      </div>
    </Dialog>
  );
}
