import type { Evaluation } from '../api/types.ts';
import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { Chart, linePath, scales } from './axes.tsx';

const WHOLE = { from: 0, to: 1 };
const percent = (value: number) =>
  formatNumber(100 * value, value > 0 && value < 1 && (100 * value) % 1 > 0.01 ? 1 : 0);

/** True against false positive rate of each class, in the corner where good models differ. */
export function Roc({ perClass }: Pick<Evaluation, 'perClass'>) {
  const x = { from: 0, to: 0.1 };
  const y = { from: 0.9, to: 1 };
  const at = scales(x, y);
  return (
    <figure>
      <figcaption>{t('model.roc')}</figcaption>
      <Chart
        title={t('model.roc')}
        xTitle={t('model.falsePositive')}
        yTitle={t('model.truePositive')}
        x={x}
        y={y}
        format={percent}
      >
        {perClass.map(({ name, roc }) => {
          if (!roc) return null;
          const points = roc.falsePositiveRate.map(
            (rate, index) =>
              [at.x(Math.min(rate, x.to)), at.y(Math.max(roc.truePositiveRate[index] ?? 0, y.from))] as const,
          );
          return <path key={name} class="curve" data-class={name} d={linePath(points)} />;
        })}
      </Chart>
      <ul class="legend">
        {perClass.map(({ name, roc }) => (
          <li key={name}>
            <span class="dot" data-class={name} /> {className(name)}{' '}
            <span class="number">{roc ? formatNumber(roc.auc, 4) : '–'}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Accuracy against confidence: on the diagonal the probabilities say what they mean. */
export function Reliability({ reliability }: Pick<Evaluation, 'reliability'>) {
  const at = scales(WHOLE, WHOLE);
  const filled = reliability.filter(({ count }) => count > 0);
  const most = Math.max(1, ...filled.map(({ count }) => count));
  return (
    <figure>
      <figcaption>{t('model.reliability')}</figcaption>
      <Chart
        title={t('model.reliability')}
        xTitle={t('model.confidence')}
        yTitle={t('model.accuracy')}
        x={WHOLE}
        y={WHOLE}
        format={percent}
      >
        <path
          class="diagonal"
          d={linePath([
            [at.x(0), at.y(0)],
            [at.x(1), at.y(1)],
          ])}
        />
        {filled.map(({ from, count, confidence = 0, accuracy = 0 }) => (
          <circle
            key={from}
            class="point"
            cx={at.x(confidence)}
            cy={at.y(accuracy)}
            r={3 + 7 * Math.sqrt(count / most)}
          />
        ))}
      </Chart>
      <p class="note">{t('model.reliabilityHow')}</p>
    </figure>
  );
}

/** How right the answers are if only the surest are accepted. */
export function RiskCoverage({ riskCoverage }: Pick<Evaluation, 'riskCoverage'>) {
  const x = { from: 0.5, to: 1 };
  const worst = Math.max(0.004, ...riskCoverage.map(({ accuracy }) => 1 - accuracy.lower95));
  const y = { from: 0, to: Math.ceil(200 * worst) / 200 };
  const at = scales(x, y);
  const shown = riskCoverage
    .filter(({ accepted }) => accepted >= x.from)
    .toSorted((a, b) => a.accepted - b.accepted);
  const line = (value: (accuracy: { value: number; lower95: number; upper95: number }) => number) =>
    shown.map(({ accepted, accuracy }) => [at.x(accepted), at.y(1 - value(accuracy))] as const);
  const band = [...line(({ lower95 }) => lower95), ...line(({ upper95 }) => upper95).toReversed()];
  return (
    <figure>
      <figcaption>{t('model.riskCoverage')}</figcaption>
      <Chart
        title={t('model.riskCoverage')}
        xTitle={t('model.coverage')}
        yTitle={t('model.risk')}
        x={x}
        y={y}
        format={percent}
      >
        <path class="band" d={`${linePath(band)}Z`} />
        <path class="curve" d={linePath(line(({ value }) => value))} />
      </Chart>
      <p class="note">{t('model.riskCoverageHow')}</p>
    </figure>
  );
}
