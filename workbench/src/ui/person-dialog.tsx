import { t } from '../texts/index.ts';
import { Dialog } from './dialog.tsx';
import { givePerson, person, personWanted } from './person.ts';

/** Asks who works here: each change is kept with the name. */
export function PersonDialog() {
  if (!personWanted.value) return null;
  return (
    <Dialog title={t('person.title')} class="small" onClose={() => givePerson(undefined)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const identifier = String(form.get('identifier')).trim();
          givePerson({ name: String(form.get('name')).trim(), ...(identifier && { identifier }) });
        }}
      >
        <p>{t('person.why')}</p>
        <label>
          {t('person.name')}
          <input name="name" required maxLength={256} defaultValue={person.value?.name} autocomplete="name" />
        </label>
        <label>
          {t('person.identifier')}
          <input
            name="identifier"
            maxLength={256}
            defaultValue={person.value?.identifier}
            autocomplete="off"
          />
        </label>
        <footer>
          <button type="submit" class="primary">
            {t('action.continue')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
