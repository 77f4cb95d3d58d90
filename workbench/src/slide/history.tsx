import { className } from '../slides/workbench.ts';
import { formatTime, t } from '../texts/index.ts';
import type { SlideState } from './state.ts';

/** Who changed what, when, from what to what, and who signed it off; the newest first. */
export function History({ state }: { state: SlideState }) {
  const report = state.report.value;
  const review = state.review.value;
  if (!report || !review) return null;
  const numbers = new Map(report.crops.map(({ crop, number }) => [crop, number]));
  const said = (name: string | undefined) => (name === undefined ? t('history.nothing') : className(name));
  const entries = [
    ...review.changes.map(({ at, by, crop, from, to, number }) => ({
      key: `change ${number}`,
      at,
      name: by.name,
      text: t('history.change', { number: numbers.get(crop) ?? 0, from: said(from), to: said(to) }),
    })),
    ...report.verifications.map(({ at, by, comment, revision }) => ({
      key: `verification ${revision}`,
      at,
      name: by.name,
      text: [t('history.verified'), comment].filter(Boolean).join(': '),
    })),
  ].toSorted((a, b) => b.at.localeCompare(a.at));
  return (
    <details class="history">
      <summary>{t('history.title', { count: entries.length })}</summary>
      {entries.length === 0 && <p class="note">{t('history.empty')}</p>}
      <ol>
        {entries.slice(0, 200).map(({ key, at, name, text }) => (
          <li key={key}>
            <span>{text}</span>
            <small>
              {name} · <time dateTime={at}>{formatTime(at)}</time>
            </small>
          </li>
        ))}
      </ol>
    </details>
  );
}
