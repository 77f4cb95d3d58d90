import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/store.js';

const DAY_MS = 86_400_000;
const LOOK_MS = 3_600_000;
/** Slides in one transaction, so that none is long. */
const LIMIT = 50;

/**
 * Deletes slides that nothing has changed for so long, now and every hour; none with 0 days.
 *
 * @param deleteImages deletes what is kept elsewhere of these slides.
 * @returns ends it.
 */
export function deleteOldSlides(
  store: Store,
  days: number,
  log: FastifyBaseLogger,
  deleteImages: (ids: readonly string[]) => Promise<void> = async () => {},
): () => void {
  if (days === 0) return () => {};
  const look = () =>
    deleteBefore(store, new Date(Date.now() - days * DAY_MS).toISOString(), deleteImages).then(
      (count) => count > 0 && log.info({ count }, 'deleted old slides'),
      (error) => log.error(error, 'old slides are not deleted'),
    );
  void look();
  const timer = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(timer);
}

/**
 * The images go first: where that fails the slides stay, and the next look deletes both. After them nobody would know
 * whose images are left.
 *
 * @returns how many.
 */
export async function deleteBefore(
  store: Store,
  before: string,
  deleteImages: (ids: readonly string[]) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (;;) {
    const ids = await store.read('slidesBefore', { before, limit: LIMIT });
    if (ids.length === 0) return count;
    await deleteImages(ids);
    const [deleted] = await store.write(['deleteSlidesBefore', { ids, before }]);
    count += deleted.length;
  }
}
