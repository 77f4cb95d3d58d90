import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, taken } from '../api/client.ts';
import type { Sources } from '../api/types.ts';
import { workbench } from '../slides/workbench.ts';
import { formatNumber, formatTime, t, textOf } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';

/** How each analyzer's crops stand against what its model knows; Grafana has the rest. */
export function SourcesPage() {
  const sources = useSignal<Sources | undefined>(undefined);
  useEffect(() => {
    taken(api.GET('/v1/sources')).then((found) => {
      sources.value = found.sources;
    }, tellError);
  }, []);
  const grafanaUrl = workbench.value?.grafanaUrl;
  return (
    <>
      <header class="slide-head">
        <h1>{t('sources.title')}</h1>
        {grafanaUrl && (
          <a class="button" href={grafanaUrl} target="_blank" rel="noreferrer">
            {t('sources.grafana')}
          </a>
        )}
      </header>
      <p class="note">{t('sources.how')}</p>
      {sources.value?.length === 0 && <p class="empty">{t('sources.none')}</p>}
      {sources.value?.map(({ name, state, seen, lastSeenAt, model, quantities }) => (
        <section key={`${name} ${model.name}`} class="card">
          <h2>
            {name}{' '}
            <span class={`status ${state === 'shifted' ? 'complete' : ''}`}>
              {textOf(`source.${state}`, state)}
            </span>
          </h2>
          <p class="note">
            {t('sources.seen', {
              count: seen,
              model: `${model.name} ${model.version}`,
              time: formatTime(lastSeenAt),
            })}
          </p>
          <dl class="bars wide">
            {quantities.map(({ quantity, kolmogorovSmirnov, limit, shifted }) => (
              <div key={quantity} class={shifted ? 'warn-text' : ''}>
                <dt>{textOf(`measure.${quantity}`, quantity)}</dt>
                <dd>
                  <meter min={0} max={1} high={limit} value={kolmogorovSmirnov} aria-label={quantity} />
                  <span class="number">
                    {t('sources.distance', {
                      distance: formatNumber(kolmogorovSmirnov, 2),
                      limit: formatNumber(limit, 2),
                    })}
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
