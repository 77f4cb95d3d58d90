import { signal } from '@preact/signals';
import { t } from '../texts/index.ts';

interface Notice {
  id: number;
  kind: 'info' | 'error';
  text: string;
}

const SHOWN_MS = 8_000;
const notices = signal<readonly Notice[]>([]);
let count = 0;

function show(kind: Notice['kind'], text: string): void {
  count += 1;
  const notice = { id: count, kind, text };
  notices.value = [...notices.value, notice];
  setTimeout(() => close(notice.id), SHOWN_MS);
}

function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export const tell = (text: string) => show('info', text);
/** Tells of what went wrong, in the service's words. */
export const tellError = (error: unknown) =>
  show('error', error instanceof TypeError ? t('error.network') : (error as Error).message);

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, kind, text }) => (
        <p key={id} class={`notice ${kind}`}>
          {text}
          <button type="button" class="plain" onClick={() => close(id)} aria-label={t('action.close')}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
