import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Classification, Model } from '../api/types.ts';
import { classify } from '../slide/heatmap.ts';
import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { DropZone } from '../upload/drop.tsx';

const AT_ONCE = 16;

interface Row {
  name: string;
  url: string;
  answers: (Classification | undefined)[];
}

/** Two served versions on the same crops; nothing of it is kept. */
export function Trial({ models }: { models: readonly Model[] }) {
  const chosen = useSignal([0, Math.min(1, models.length - 1)]);
  const rows = useSignal<Row[]>([]);
  const isBusy = useSignal(false);
  useEffect(() => () => forget(rows.value), []);
  const versions = chosen.value.flatMap((index) => models[index] ?? []);

  async function run(files: File[]): Promise<void> {
    forget(rows.value);
    rows.value = [];
    isBusy.value = true;
    try {
      for (let at = 0; at < files.length; at += AT_ONCE) {
        const batch = files.slice(at, at + AT_ONCE);
        const answers = await Promise.all(versions.map((version) => classify(batch, version)));
        const judged = batch.map((file, index) => ({
          name: file.name,
          url: URL.createObjectURL(file),
          answers: answers.map((answer) => answer[index]),
        }));
        rows.value = [...rows.value, ...judged];
      }
    } catch (error) {
      tellError(error);
    }
    isBusy.value = false;
  }

  if (models.length < 2) {
    return (
      <section class="card">
        <h2>{t('trial.title')}</h2>
        <p class="note">{t('trial.oneOnly')}</p>
      </section>
    );
  }
  const differ = rows.value.filter(({ answers: [a, b] }) => a?.class !== b?.class);
  const same = rows.value.length - differ.length;
  return (
    <section class="card">
      <h2>{t('trial.title')}</h2>
      <p class="buttons">
        {versions.map((_, place) => (
          <select
            key={place}
            aria-label={t('trial.version', { place: place + 1 })}
            value={chosen.value[place]}
            onChange={(event) => {
              chosen.value = chosen.value.with(place, Number(event.currentTarget.value));
              forget(rows.value);
              rows.value = [];
            }}
          >
            {models.map(({ name, version }, index) => (
              <option key={`${name}@${version}`} value={index}>
                {name} {version}
              </option>
            ))}
          </select>
        ))}
      </p>
      <DropZone title={t('trial.drop')} onFiles={(files) => void run(files)} />
      <p role="status">
        {isBusy.value && t('loading')}
        {rows.value.length > 0 && !isBusy.value && t('trial.agree', { same, all: rows.value.length })}
      </p>
      {rows.value.length > 0 && (
        <div class="scroll">
          <table class="list trial">
            <thead>
              <tr>
                <th scope="col">{t('trial.crop')}</th>
                {versions.map(({ name, version }) => (
                  <th key={`${name}@${version}`} scope="col">
                    {name} {version}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...differ, ...rows.value.filter((row) => !differ.includes(row))].map(
                ({ name, url, answers }) => (
                  <tr key={url}>
                    <th scope="row">
                      <div>
                        <img src={url} alt="" /> <span class="file-name">{name}</span>
                      </div>
                    </th>
                    {answers.map((answer, place) => (
                      <td
                        // Both may be versions of one model.
                        key={`${versions[place]?.name}@${versions[place]?.version}`}
                        class={answers[0]?.class === answers[1]?.class ? '' : 'warn-text'}
                      >
                        {answer
                          ? `${className(answer.class)} ${formatNumber(100 * answer.probability, 1)}\u00a0%`
                          : t('trial.bad')}
                        {answer && ' '}
                        {answer?.decision === 'review' && <span class="chip warn">{t('trial.review')}</span>}
                      </td>
                    ))}
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function forget(rows: readonly Row[]): void {
  for (const { url } of rows) URL.revokeObjectURL(url);
}
