import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, taken } from '../api/client.ts';
import type { Adaptation, Labels } from '../api/types.ts';
import { Chart, linePath, scales } from '../charts/axes.tsx';
import { loadModels, loadVersion } from '../models/load.ts';
import { className, workbench } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';

/** As many of a class as `npm run adapt` asks for. */
const WANTED = 20;

interface Adapted {
  id: string;
  adaptation: Adaptation;
}

/** What the next model could learn from, and what former ones learnt. */
export function LearningPage() {
  const labels = useSignal<Labels | undefined>(undefined);
  const adapted = useSignal<Adapted[]>([]);
  useEffect(() => {
    taken(api.GET('/v1/labels')).then(({ classes }) => {
      labels.value = classes;
    }, tellError);
    loadAdapted().then((found) => {
      adapted.value = found;
    }, tellError);
  }, []);
  const counts = new Map((labels.value ?? []).map((one) => [one.class, one]));
  const learnable = (workbench.value?.classes ?? []).filter(({ role }) => role !== 'not_counted');
  return (
    <>
      <h1>{t('learning.title')}</h1>
      <section class="card">
        <h2>{t('learning.labels')}</h2>
        <p class="note">{t('learning.labelsHow', { wanted: WANTED })}</p>
        <dl class="bars wide">
          {learnable.map(({ class: name }) => {
            const { count = 0, corrected = 0 } = counts.get(name) ?? {};
            return (
              <div key={name}>
                <dt>{className(name)}</dt>
                <dd>
                  <meter min={0} max={WANTED} value={Math.min(count, WANTED)} aria-label={className(name)} />
                  <span class="number">
                    {t('learning.count', { crops: formatNumber(count), corrected: formatNumber(corrected) })}
                  </span>
                </dd>
              </div>
            );
          })}
        </dl>
        <p>{t('learning.how')}</p>
        <pre>
          <code>npm run adapt -- --model inceptionv3@2.0.0 --data labelled --name ourlab</code>
        </pre>
      </section>
      {adapted.value.length === 0 && <p class="empty">{t('learning.none')}</p>}
      {adapted.value.map((one) => (
        <Curve key={one.id} {...one} />
      ))}
    </>
  );
}

function Curve({ id, adaptation: { learningCurve, before, after, from, laboratory } }: Adapted) {
  const most = Math.max(...learningCurve.map(({ crops }) => crops));
  const x = { from: 0, to: most };
  const least = Math.min(before.accuracy.value, ...learningCurve.map(({ accuracy }) => accuracy.lower95));
  const y = { from: Math.floor(10 * least) / 10, to: 1 };
  const at = scales(x, y);
  const points = learningCurve.map(({ crops, accuracy }) => [at.x(crops), at.y(accuracy.value)] as const);
  return (
    <section class="card">
      <h2>{id}</h2>
      <p>
        {t('learning.brought', {
          from,
          laboratory,
          before: formatNumber(100 * before.accuracy.value, 1),
          after: formatNumber(100 * after.accuracy.value, 1),
        })}
      </p>
      <div class="figures">
        <figure>
          <figcaption>{t('learning.curve')}</figcaption>
          <Chart
            title={t('learning.curve')}
            xTitle={t('learning.crops')}
            yTitle={t('model.accuracy')}
            x={x}
            y={y}
            format={(value) => formatNumber(value <= 1 ? 100 * value : value)}
          >
            <path
              class="diagonal"
              d={linePath([
                [at.x(0), at.y(before.accuracy.value)],
                [at.x(most), at.y(before.accuracy.value)],
              ])}
            />
            <path class="curve" d={linePath(points)} />
            {learningCurve.map(({ crops, accuracy }) => (
              <g key={crops}>
                <path
                  class="curve"
                  d={linePath([
                    [at.x(crops), at.y(accuracy.lower95)],
                    [at.x(crops), at.y(accuracy.upper95)],
                  ])}
                />
                <circle class="point" cx={at.x(crops)} cy={at.y(accuracy.value)} r={4} />
              </g>
            ))}
          </Chart>
        </figure>
      </div>
    </section>
  );
}

async function loadAdapted(): Promise<Adapted[]> {
  const all: Adapted[] = [];
  for (const model of await loadModels()) {
    const { adaptation } = await loadVersion(model);
    if (adaptation) all.push({ id: `${model.name} ${model.version}`, adaptation });
  }
  return all;
}
