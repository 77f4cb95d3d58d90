import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, taken } from '../api/client.ts';
import type { ListedSlide } from '../api/types.ts';
import { formatNumber, formatTime, t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { DropZone } from '../upload/drop.tsx';
import { NewSlide } from './new-slide.tsx';

const STATUSES = ['open', 'complete', 'verified', 'corrected'] as const;
const PAUSE_MS = 250;
const LOOK_MS = 10_000;

/** All slides: found by their numbers and their status, with who works on which. New ones begin here. */
export function SlidesPage() {
  const slides = useSignal<ListedSlide[] | undefined>(undefined);
  const next = useSignal<string | undefined>(undefined);
  const search = useSignal('');
  const status = useSignal<(typeof STATUSES)[number] | ''>('');
  const dropped = useSignal<File[] | undefined>(undefined);

  async function load(cursor?: string): Promise<void> {
    const query = {
      ...(search.value && { search: search.value }),
      ...(status.value && { status: status.value }),
      ...(cursor && { cursor }),
    };
    try {
      const page = await taken(api.GET('/v1/slides', { params: { query } }));
      slides.value = cursor ? [...(slides.value ?? []), ...page.slides] : page.slides;
      next.value = page.next;
    } catch (error) {
      tellError(error);
    }
  }
  useEffect(() => {
    const timer = setTimeout(() => void load(), slides.value ? PAUSE_MS : 0);
    const look = setInterval(() => void load(), LOOK_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(look);
    };
  }, [search.value, status.value]);

  return (
    <>
      <h1>{t('slides.title')}</h1>
      <DropZone
        title={t('slides.drop')}
        onFiles={(files) => {
          dropped.value = files;
        }}
      />
      <search class="toolbar">
        <label>
          {t('slides.search')}
          <input
            type="search"
            value={search.value}
            placeholder={t('slides.searchHint')}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t('slides.status')}
          <select
            value={status.value}
            onChange={(event) => {
              status.value = event.currentTarget.value as typeof status.value;
            }}
          >
            <option value="">{t('slides.all')}</option>
            {STATUSES.map((one) => (
              <option key={one} value={one}>
                {t(`status.${one}`)}
              </option>
            ))}
          </select>
        </label>
      </search>
      {slides.value?.length === 0 && (
        <p class="empty">{search.value || status.value ? t('slides.nothingFound') : t('slides.none')}</p>
      )}
      {slides.value && slides.value.length > 0 && <SlideTable slides={slides.value} />}
      {next.value && (
        <p class="more">
          <button type="button" onClick={() => void load(next.value)}>
            {t('slides.more')}
          </button>
        </p>
      )}
      {dropped.value && (
        <NewSlide
          files={dropped.value}
          onClose={() => {
            dropped.value = undefined;
          }}
        />
      )}
    </>
  );
}

function SlideTable({ slides }: { slides: readonly ListedSlide[] }) {
  return (
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{t('slides.specimen')}</th>
            <th scope="col">{t('slides.id')}</th>
            <th scope="col">{t('slides.status')}</th>
            <th scope="col" class="number">
              {t('slides.crops')}
            </th>
            <th scope="col">{t('slides.source')}</th>
            <th scope="col">{t('slides.created')}</th>
            <th scope="col">{t('slides.person')}</th>
          </tr>
        </thead>
        <tbody>
          {slides.map(({ id, specimenNumber, status, cropCount, source, createdAt, claim }) => (
            <tr key={id}>
              <th scope="row">
                <Link href={`/slides/${encodeURIComponent(id)}`}>{specimenNumber}</Link>
              </th>
              <td class="file-name">{id}</td>
              <td>
                <span class={`status ${status}`}>{t(`status.${status}`)}</span>
              </td>
              <td class="number">{formatNumber(cropCount)}</td>
              <td>{source ?? '–'}</td>
              <td>{formatTime(createdAt)}</td>
              <td>{claim?.by.name ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
