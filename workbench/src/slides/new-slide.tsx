import { useSignal } from '@preact/signals';
import { useHashLocation } from 'wouter-preact/use-hash-location';
import { api, taken } from '../api/client.ts';
import { t } from '../texts/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Problem } from '../ui/problem.tsx';
import { pendingFiles } from './pending.ts';

/** Asks whose crops these are, and makes their slide. */
export function NewSlide({ files, onClose }: { files: File[]; onClose(): void }) {
  const [, navigate] = useHashLocation();
  const problem = useSignal<string | undefined>(undefined);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name)).trim();
    const [id, specimenNumber, source] = [text('id'), text('specimenNumber'), text('source')];
    try {
      await taken(api.POST('/v1/slides', { body: { id, specimenNumber, ...(source && { source }) } }));
      pendingFiles.put(id, files);
      navigate(`/slides/${encodeURIComponent(id)}`);
    } catch (error) {
      problem.value = (error as Error).message;
    }
  }
  return (
    <Dialog title={t('new.title', { count: files.length })} class="small" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {t('new.specimen')}
          <input name="specimenNumber" required maxLength={256} autocomplete="off" />
        </label>
        <label>
          {t('new.id')}
          <input name="id" required pattern="[\w.:\-]{1,64}" defaultValue={freshId()} autocomplete="off" />
        </label>
        <label>
          {t('new.source')}
          <input name="source" pattern="[\w.:\-]{1,64}" autocomplete="off" />
        </label>
        <Problem text={problem.value} />
        <footer>
          <button type="submit" class="primary">
            {t('new.send')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** By the time, and by chance for two that begin in the same second. */
function freshId(): string {
  const chance = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  return `${new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')}-${chance.toString(16).padStart(4, '0')}`;
}
