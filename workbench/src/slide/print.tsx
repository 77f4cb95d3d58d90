import { className } from '../slides/workbench.ts';
import { formatNumber, formatTime, t } from '../texts/index.ts';
import type { SlideState } from './state.ts';

/** The slide on paper; on the screen it is not seen. */
export function PrintReport({ state }: { state: SlideState }) {
  const report = state.report.value;
  const differential = state.differential.value;
  if (!report || !differential) return null;
  const { patient, verifications } = report;
  const last = verifications.at(-1);
  const facts = [
    [t('print.specimen'), report.specimenNumber],
    [t('print.slide'), report.id],
    [t('print.order'), report.orderNumber],
    [
      t('print.patient'),
      patient && [patient.familyName, patient.givenName, patient.identifier].filter(Boolean).join(', '),
    ],
    [t('print.born'), patient?.birthDate],
    [t('print.status'), t(`report.${differential.status}`)],
    [t('print.signed'), last && `${last.by.name}, ${formatTime(last.at)}`],
    [t('print.comment'), last?.comment],
  ].filter((row): row is [string, string] => Boolean(row[1]));
  const figures = [...differential.whiteCells, ...differential.per100WhiteCells];
  return (
    <article class="print" aria-hidden="true">
      <h1>{t('print.title')}</h1>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <table>
        <thead>
          <tr>
            <th>{t('differential.class')}</th>
            <th>{t('differential.count')}</th>
            <th>{t('differential.value')}</th>
            <th>{t('differential.limits')}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ class: name, count, value, lower95 = 0, upper95 = 0, flag }) => (
            <tr key={name}>
              <td>{className(name)}</td>
              <td>{count}</td>
              <td>{value === undefined ? '–' : `${formatNumber(value, 1)} ${flag ?? ''}`}</td>
              <td>{value !== undefined && `${formatNumber(lower95, 1)}–${formatNumber(upper95, 1)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{t('differential.whiteCells', { count: differential.whiteCellCount })}</p>
    </article>
  );
}
