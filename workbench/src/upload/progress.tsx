import { formatDuration, formatNumber, t, textOf } from '../texts/index.ts';
import type { Upload } from './upload.ts';

const MIB = 1_048_576;

/** How far an upload is; which files were bad, and why. */
export function UploadProgress({ upload }: { upload: Upload }) {
  const { totalBytes, fileCount } = upload;
  const phase = upload.phase.value;
  const isRunning = upload.isRunning.value;
  const left = upload.secondsLeft.value;
  return (
    <section class={`upload ${phase}`} aria-label={t('upload.title')}>
      <div class="upload-line">
        <strong role="status">{t(`upload.phase.${phase}`)}</strong>
        <span>
          {t('upload.bytes', {
            sent: formatNumber(upload.sentBytes.value / MIB, 1),
            total: formatNumber(totalBytes / MIB, 1),
          })}
        </span>
        <span>
          {t('upload.crops', { done: formatNumber(upload.finished.value), total: formatNumber(fileCount) })}
        </span>
        {isRunning && upload.cropsPerSecond.value > 0 && (
          <span>{t('upload.rate', { rate: formatNumber(upload.cropsPerSecond.value, 1) })}</span>
        )}
        {isRunning && left !== undefined && <span>{t('upload.left', { time: formatDuration(left) })}</span>}
        {isRunning && (
          <button type="button" onClick={() => upload.cancel()}>
            {t('action.cancel')}
          </button>
        )}
      </div>
      <progress
        aria-label={t('upload.sent')}
        max={totalBytes}
        value={Math.min(totalBytes, upload.sentBytes.value)}
      />
      <progress
        aria-label={t('upload.classified')}
        max={fileCount}
        value={upload.finished.value}
        class="classified"
      />
      {upload.failure.value && <p class="error-text">{upload.failure.value.message}</p>}
      {upload.bad.value.length > 0 && (
        <details open>
          <summary>{t('upload.bad', { count: upload.bad.value.length })}</summary>
          <ul class="bad-files">
            {upload.bad.value.map(({ name, code, detail }) => (
              <li key={name}>
                <span class="file-name">{name}</span>{' '}
                <span title={detail}>{textOf(`error.${code}`, detail)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
