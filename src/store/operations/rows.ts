import { ServiceError } from '../../errors/problem.js';
import type { SlideCrop } from '../../slides/crop.js';
import type { Slide, SlideDescription } from '../../slides/slide.js';
import type { Tables } from '../tables.js';
import type { Database } from './database.js';

export function unknownSlide(id: string): ServiceError {
  return new ServiceError('unknown_slide', `There is no slide ${id}.`);
}

/** @throws {ServiceError} unknown_slide */
export async function findRow(db: Database, id: string): Promise<Tables['slides']> {
  const row = await db.selectFrom('slides').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw unknownSlide(id);
  return row;
}

export function toSlide(row: Tables['slides']): Slide {
  return {
    ...(JSON.parse(row.description) as SlideDescription),
    status: row.status,
    revision: row.revision,
    createdAt: row.created_at,
    ...(row.completed_at !== null && { completedAt: row.completed_at }),
    cropCount: row.crop_count,
  };
}

export function toCrop(row: Tables['crops']): SlideCrop {
  return {
    sha256: row.sha256,
    number: row.number,
    ...(row.filename !== null && { filename: row.filename }),
    ...(row.crop_id !== null && { cropId: row.crop_id }),
    receivedAt: row.received_at,
    model: { name: row.model_name, version: row.model_version },
    result: JSON.parse(row.result),
  };
}

/**
 * In PostgreSQL nobody else changes the slide until the transaction ends; SQLite has one writer.
 *
 * @param at when it changes, from which its retention counts; without it the slide itself stays as it is.
 * @throws {ServiceError} unknown_slide
 */
export async function lockSlide(db: Database, id: string, at?: string): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('slides')
    .set(({ ref }) => ({ changed_at: at ?? ref('changed_at') }))
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw unknownSlide(id);
}
