import { className } from '../slides/workbench.ts';
import { formatNumber, t, textOf } from '../texts/index.ts';
import type { Item } from './changes.ts';

/** What the model says of a crop: probabilities, prediction set, novelty, quality, and why a person must look. */
export function Facts({ item }: { item: Item }) {
  const { result, model } = item.crop;
  const { reasons = [], predictionSet, novelty, quality } = result;
  const probabilities = Object.entries(result.probabilities).toSorted(([, a], [, b]) => b - a);
  return (
    <div class="facts">
      {reasons.length > 0 && (
        <ul class="reason-list">
          {reasons.map((reason) => (
            <li key={reason}>{t(`reason.${reason}`)}</li>
          ))}
        </ul>
      )}
      <h3>{t('facts.probabilities')}</h3>
      <dl class="bars">
        {probabilities.map(([name, value]) => (
          <div key={name} class={predictionSet?.includes(name) ? 'in-set' : ''}>
            <dt>{className(name)}</dt>
            <dd>
              <meter min={0} max={1} value={value} aria-label={className(name)} />
              <span class="number">{formatNumber(100 * value, 1)} %</span>
            </dd>
          </div>
        ))}
      </dl>
      {predictionSet && (
        <p>
          {t('facts.set')}{' '}
          {predictionSet.length > 0
            ? predictionSet.map((name) => (
                <span key={name} class="chip">
                  {className(name)}
                </span>
              ))
            : t('facts.setEmpty')}
        </p>
      )}
      {novelty && (
        <p class={novelty.score > novelty.threshold ? 'warn-text' : ''}>
          {t('facts.novelty', {
            score: formatNumber(novelty.score, 1),
            threshold: formatNumber(novelty.threshold, 1),
          })}
        </p>
      )}
      {quality && <Quality quality={quality} />}
      <p class="note">{t('facts.model', { model: `${model.name} ${model.version}` })}</p>
    </div>
  );
}

function Quality({ quality }: { quality: NonNullable<Item['crop']['result']['quality']> }) {
  const unusual = new Map(quality.unusual.map((one) => [one.measure as string, one]));
  return (
    <details open={unusual.size > 0}>
      <summary>
        {unusual.size > 0 ? t('facts.qualityUnusual', { count: unusual.size }) : t('facts.qualityUsual')}
      </summary>
      <table class="measures">
        <tbody>
          {Object.entries(quality.measures).map(([measure, value]) => {
            const limits = unusual.get(measure);
            return (
              <tr key={measure} class={limits ? 'warn-text' : ''}>
                <th scope="row">{textOf(`measure.${measure}`, measure)}</th>
                <td class="number">{formatNumber(value ?? 0, 2)}</td>
                <td class="number limits">
                  {limits && `${formatNumber(limits.lower, 2)}–${formatNumber(limits.upper, 2)}`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
