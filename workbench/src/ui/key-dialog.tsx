import { giveKey, keyRefused, keyWanted } from '../api/key.ts';
import { t } from '../texts/index.ts';
import { Dialog } from './dialog.tsx';

/** Asks for the service's key, when it wants one. */
export function KeyDialog() {
  if (!keyWanted.value) return null;
  return (
    <Dialog
      title={t('key.title')}
      class="small"
      onClose={() => {
        keyWanted.value = false;
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          giveKey(String(new FormData(event.currentTarget).get('key')).trim());
        }}
      >
        {keyRefused.value && (
          <p class="warn-text" role="alert">
            {t('key.refused')}
          </p>
        )}
        <p>{t('key.why')}</p>
        <label>
          {t('key.label')}
          <input name="key" type="password" required autocomplete="off" />
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
