import { useSignal } from '@preact/signals';
import { t } from '../texts/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { tell } from '../ui/notices.tsx';
import { person } from '../ui/person.ts';
import { Problem } from '../ui/problem.tsx';
import type { SlideState } from './state.ts';

/** A named person answers for the slide. */
export function SignOff({ state, onClose }: { state: SlideState; onClose(): void }) {
  const problem = useSignal<string | undefined>(undefined);
  const waiting = state.items.value.filter((item) => item.class === undefined).length;
  const changed = state.review.value?.corrections.length ?? 0;
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      await state.signOff(String(new FormData(event.currentTarget as HTMLFormElement).get('comment')).trim());
      tell(t('signOff.done'));
      onClose();
    } catch (error) {
      problem.value = (error as Error).message;
    }
  }
  return (
    <Dialog title={t('signOff.title')} class="small" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {waiting > 0 ? (
          <p class="warn-text">{t('signOff.waiting', { count: waiting })}</p>
        ) : (
          <p>{t('signOff.what', { count: changed })}</p>
        )}
        {person.value && <p>{t('signOff.as', { name: person.value.name })}</p>}
        <label>
          {t('signOff.comment')}
          <textarea name="comment" rows={3} maxLength={4000} />
        </label>
        <Problem text={problem.value} />
        <footer>
          <button type="submit" class="primary" disabled={waiting > 0}>
            {t('signOff.button')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
