import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { pendingFiles } from '../slides/pending.ts';
import { formatTime, t } from '../texts/index.ts';
import { DropZone } from '../upload/drop.tsx';
import { UploadProgress } from '../upload/progress.tsx';
import type { Upload } from '../upload/upload.ts';
import { Compare } from './compare.tsx';
import { DifferentialTable } from './differential.tsx';
import { expectedCrops } from './expected.ts';
import { ExportMenu } from './export-menu.tsx';
import { Gallery } from './gallery.tsx';
import { Help } from './help.tsx';
import { History } from './history.tsx';
import { onGalleryKey } from './keys.ts';
import { PrintReport } from './print.tsx';
import { cropsOnScreen } from './selection.ts';
import { SignOff } from './sign-off.tsx';
import { SlideState } from './state.ts';
import { Toolbar } from './toolbar.tsx';
import { Viewer } from './viewer.tsx';

type Open =
  | { dialog: 'view'; crop: string; order: string[] }
  | { dialog: 'compare'; crops: string[] }
  | { dialog: 'sign' | 'help' };

/** One slide: its crops come, a person reviews them, and signs. */
export function SlidePage({ id }: { id: string }) {
  const state = useMemo(() => new SlideState(id), [id]);
  const open = useSignal<Open | undefined>(undefined);
  const close = () => {
    open.value = undefined;
  };
  const view = (crop: string) => {
    open.value = { dialog: 'view', crop, order: cropsOnScreen() };
  };
  const compare = (crops: string[]) => {
    if (crops.length === 2) open.value = { dialog: 'compare', crops };
  };

  useEffect(() => {
    const files = pendingFiles.take(id);
    void state.open().then(() => files && state.send(files));
    return () => state.close();
  }, [state]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) =>
      onGalleryKey(event, state, {
        open: view,
        compare,
        help: () => {
          open.value = { dialog: 'help' };
        },
      });
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [state]);

  const report = state.report.value;
  const problem = state.problem.value;
  if (problem) return <p class="empty">{problem.message}</p>;
  if (!report)
    return (
      <p class="empty" aria-busy="true">
        {t('loading')}
      </p>
    );
  const upload = state.upload.value;
  const other = state.otherPerson.value;
  const expected = expectedCrops(id);
  const shown = open.value;

  return (
    <>
      <header class="slide-head">
        <div>
          <h1>{report.specimenNumber}</h1>
          <p class="note">
            <span class={`status ${report.status}`}>{t(`status.${report.status}`)}</span>
            {[report.id, report.source, formatTime(report.createdAt)].filter(Boolean).join(' · ')}
          </p>
        </div>
        <div class="buttons">
          <ExportMenu state={state} />
          <button
            type="button"
            class="primary"
            data-action="sign-off"
            disabled={!state.canChange.value}
            onClick={() => {
              open.value = { dialog: 'sign' };
            }}
          >
            {t('signOff.open')}
          </button>
        </div>
      </header>
      {other && (
        <p class="banner" role="status">
          {t('claim.other', { name: other.by.name, time: formatTime(other.until) })}
          <button type="button" onClick={() => void state.takeOver()}>
            {t('claim.takeOver')}
          </button>
        </p>
      )}
      {upload && !isDone(upload) && <UploadProgress upload={upload} />}
      {report.status === 'open' && !upload?.isRunning.value && (
        <section class="still-open">
          <p>
            {t('open.still', { count: report.crops.length })}{' '}
            {expected !== undefined && expected > report.crops.length && t('open.expected', { expected })}
          </p>
          <DropZone title={t('open.drop')} onFiles={(files) => void state.send(files)}>
            {report.crops.length > 0 && (
              <button type="button" data-action="complete" onClick={() => void state.complete()}>
                {t('open.complete')}
              </button>
            )}
          </DropZone>
        </section>
      )}
      <div class="bench">
        <div class="bench-main">
          <Toolbar state={state} onCompare={compare} onSend={(files) => void state.send(files)} />
          {report.crops.length === 0 && report.status !== 'open' && <p class="empty">{t('gallery.empty')}</p>}
          <Gallery state={state} onOpen={view} />
        </div>
        <aside class="bench-side" aria-label={t('differential.title')}>
          <DifferentialTable state={state} />
          <History state={state} />
        </aside>
      </div>
      <PrintReport state={state} />
      {shown?.dialog === 'view' && (
        <Viewer state={state} crops={shown.order} start={shown.crop} onClose={close} />
      )}
      {shown?.dialog === 'compare' && <Compare state={state} crops={shown.crops} onClose={close} />}
      {shown?.dialog === 'sign' && <SignOff state={state} onClose={close} />}
      {shown?.dialog === 'help' && <Help onClose={close} />}
    </>
  );
}

/** Nothing is left to say of it. */
function isDone({ phase, bad }: Upload): boolean {
  return phase.value === 'done' && bad.value.length === 0;
}
