import { useComputed } from '@preact/signals';
import type { Figure } from '../api/types.ts';
import { classKeys, className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { dropTarget } from './drag.ts';
import { assign } from './keys.ts';
import type { SlideState } from './state.ts';

/** The differential as it stands, with its limits; its rows are where crops get their class. */
export function DifferentialTable({ state }: { state: SlideState }) {
  const differential = state.differential.value;
  const counts = useComputed(() => {
    const all = new Map<string | undefined, number>();
    for (const { class: name } of state.items.value) all.set(name, (all.get(name) ?? 0) + 1);
    return all;
  }).value;
  if (!differential) return null;
  const figures = new Map(
    [...differential.whiteCells, ...differential.per100WhiteCells].map((one) => [one.class, one]),
  );
  const { whiteCellCount, minWhiteCells, sufficient, unidentifiedCount, whiteBloodCells } = differential;
  return (
    <section class="differential" aria-label={t('differential.title')}>
      <h2>{t('differential.title')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('differential.class')}</th>
            <th scope="col" class="number">
              {t('differential.count')}
            </th>
            <th scope="col" class="number">
              {t('differential.value')}
            </th>
            <th scope="col" class="number">
              {t('differential.limits')}
            </th>
          </tr>
        </thead>
        <tbody>
          {classKeys().map(({ key, class: name }) => (
            <tr key={name} class="class-row" {...dropTarget(state, name)}>
              <th scope="row">
                <button
                  type="button"
                  class="class-button"
                  data-assign={name}
                  disabled={!state.canChange.value}
                  title={t('differential.assign', { class: className(name), key })}
                  onClick={() => void assign(state, name)}
                >
                  <kbd>{key}</kbd>
                  <span class="dot" data-class={name} />
                  <span>{className(name)}</span>
                </button>
              </th>
              <td class="number">{formatNumber(counts.get(name) ?? 0)}</td>
              <FigureCells figure={figures.get(name)} />
            </tr>
          ))}
        </tbody>
      </table>
      <p class={sufficient ? 'note' : 'note warn'}>
        {t('differential.whiteCells', { count: whiteCellCount })}
        {!sufficient && ` ${t('differential.insufficient', { least: minWhiteCells })}`}
      </p>
      {whiteBloodCells && (
        <p class="note">
          {t(whiteBloodCells.corrected ? 'differential.wbcCorrected' : 'differential.wbc', {
            value: formatNumber(whiteBloodCells.value, 2),
          })}
        </p>
      )}
      {unidentifiedCount > 0 && (
        <p class="note warn">{t('differential.unidentified', { count: unidentifiedCount })}</p>
      )}
    </section>
  );
}

function FigureCells({ figure }: { figure: Figure | undefined }) {
  if (figure?.value === undefined) {
    return (
      <>
        <td class="number">–</td>
        <td class="number" />
      </>
    );
  }
  const { value, lower95 = 0, upper95 = 0, flag } = figure;
  return (
    <>
      <td class="number strong">
        {formatNumber(value, 1)}
        {flag && <span class="flag"> {flag}</span>}
      </td>
      <td class="number limits">
        {formatNumber(lower95, 1)}–{formatNumber(upper95, 1)}
      </td>
    </>
  );
}
