import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Model } from '../api/types.ts';
import { formatNumber, t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { loadModels } from './load.ts';
import { Trial } from './trial.tsx';

/** All versions of the registry beside each other, and two of them on the same crops. */
export function ModelsPage() {
  const models = useSignal<Model[] | undefined>(undefined);
  useEffect(() => {
    loadModels().then((found) => {
      models.value = found;
    }, tellError);
  }, []);
  if (!models.value) return <p class="empty">{t('loading')}</p>;
  return (
    <>
      <h1>{t('models.title')}</h1>
      <div class="scroll">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{t('models.version')}</th>
              <th scope="col">{t('models.state')}</th>
              <th scope="col" class="number">
                {t('models.accuracy')}
              </th>
              <th scope="col">{t('models.engine')}</th>
              <th scope="col" class="number">
                {t('models.memory')}
              </th>
            </tr>
          </thead>
          <tbody>
            {models.value.map(
              ({ name, version, served, default: isDefault, accuracy, engine, memoryMiB }) => (
                <tr key={`${name}@${version}`}>
                  <th scope="row">
                    <Link href={`/models/${name}/${version}`}>
                      {name} {version}
                    </Link>
                  </th>
                  <td>
                    {isDefault ? (
                      <span class="status verified">{t('models.default')}</span>
                    ) : (
                      served && <span class="status">{t('models.served')}</span>
                    )}
                    {!served && '–'}
                  </td>
                  <td class="number">
                    <strong>{formatNumber(100 * accuracy.value, 2)}</strong>{' '}
                    <span class="limits">
                      {formatNumber(100 * accuracy.lower95, 2)}–{formatNumber(100 * accuracy.upper95, 2)}
                    </span>
                  </td>
                  <td>{engine ? `${engine.name} ${engine.precision}` : '–'}</td>
                  <td class="number">{memoryMiB === undefined ? '–' : formatNumber(memoryMiB)}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      <p class="note">{t('models.accuracyHow')}</p>
      <Trial models={models.value.filter(({ served }) => served)} />
    </>
  );
}
