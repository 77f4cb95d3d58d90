import { classKeys, className } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { Dialog } from '../ui/dialog.tsx';

const KEYS = [
  ['← ↑ → ↓', 'help.move'],
  ['Space', 'help.select'],
  ['Shift + ←/→', 'help.extend'],
  ['Ctrl + A', 'help.group'],
  ['Enter', 'help.open'],
  ['y', 'help.confirm'],
  ['c', 'help.compare'],
  ['u', 'help.undo'],
  ['h', 'help.heatmap'],
  ['+ / −', 'help.zoom'],
  ['Esc', 'help.escape'],
] as const;

/** The keys. */
export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t('help.title')} class="small" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
        {classKeys().map(({ key, class: name }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{className(name)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
