import { ServiceError } from '../../errors/problem.js';
import type { SlideCrop } from '../../slides/crop.js';
import type { Tables } from '../tables.js';
import type { Database } from './database.js';
import { toCrop, unknownSlide } from './rows.js';

/** A crop that was classified. */
export type NewCrop = Omit<SlideCrop, 'number' | 'receivedAt'>;

interface AddCrops {
  slideId: string;
  crops: readonly NewCrop[];
  at: string;
  /** Most crops of a slide. */
  maxCrops: number;
}

/**
 * Adds crops to an open slide. One that the slide has already is not added, and may come again at any time.
 *
 * @returns each as the slide has it: with the first result, if it came before.
 * @throws {ServiceError} unknown_slide, slide_complete or too_many_crops; then none is added.
 */
export async function addCrops(
  db: Database,
  { slideId, crops, at, maxCrops }: AddCrops,
): Promise<SlideCrop[]> {
  // PostgreSQL locks the slide by it: crops of one slide are numbered one after the other.
  const slide = await db
    .updateTable('slides')
    .set(({ ref }) => ({ crop_count: ref('crop_count') }))
    .where('id', '=', slideId)
    .returning(['status', 'crop_count'])
    .executeTakeFirst();
  if (!slide) throw unknownSlide(slideId);
  const hashes = crops.map(({ sha256 }) => sha256);
  const known = await db
    .selectFrom('crops')
    .selectAll()
    .where('slide_id', '=', slideId)
    .where('sha256', 'in', hashes)
    .execute();
  const bySha256 = new Map(known.map((row) => [row.sha256, toCrop(row)]));
  const fresh: SlideCrop[] = [];
  for (const crop of crops) {
    if (bySha256.has(crop.sha256)) continue;
    const numbered = { ...crop, number: slide.crop_count + fresh.length + 1, receivedAt: at };
    bySha256.set(crop.sha256, numbered);
    fresh.push(numbered);
  }
  if (fresh.length > 0) {
    if (slide.status !== 'open') throw slideComplete(slideId);
    const cropCount = slide.crop_count + fresh.length;
    if (cropCount > maxCrops) {
      throw new ServiceError('too_many_crops', `Slide ${slideId} would have more than ${maxCrops} crops.`);
    }
    await db
      .insertInto('crops')
      .values(fresh.map((crop) => toRow(slideId, crop)))
      .execute();
    await db
      .updateTable('slides')
      .set({ crop_count: cropCount, changed_at: at })
      .where('id', '=', slideId)
      .execute();
  }
  return hashes.flatMap((sha256) => bySha256.get(sha256) ?? []);
}

/** A crop as the slide has it, if it has it. */
export async function findCrop(
  db: Database,
  { slideId, sha256 }: { slideId: string; sha256: string },
): Promise<SlideCrop | undefined> {
  const row = await db
    .selectFrom('crops')
    .selectAll()
    .where('slide_id', '=', slideId)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  return row && toCrop(row);
}

/** Crops of a slide by class and decision, as the model says. */
export async function countCrops(
  db: Database,
  { slideId }: { slideId: string },
): Promise<{ class: string; decision: string | null; count: number }[]> {
  const rows = await db
    .selectFrom('crops')
    .select(({ fn }) => ['class', 'decision', fn.countAll<number | string>().as('count')])
    .where('slide_id', '=', slideId)
    .groupBy(['class', 'decision'])
    .execute();
  // PostgreSQL counts in 64 bits, which come as text.
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export function slideComplete(slideId: string): ServiceError {
  return new ServiceError('slide_complete', `Slide ${slideId} is complete and takes no more crops.`);
}

function toRow(slideId: string, crop: SlideCrop): Tables['crops'] {
  const { sha256, number, filename, cropId, receivedAt, model, result } = crop;
  return {
    slide_id: slideId,
    sha256,
    number,
    filename: filename ?? null,
    crop_id: cropId ?? null,
    received_at: receivedAt,
    model_name: model.name,
    model_version: model.version,
    class: result.class,
    decision: result.decision ?? null,
    result: JSON.stringify(result),
  };
}
