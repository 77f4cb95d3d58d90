import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { ServiceError } from '../../errors/problem.js';
import type { SlideCrop } from '../../slides/crop.js';
import { withOrder } from '../../slides/order.js';
import type { Claim } from '../../slides/review.js';
import type { Slide, SlideDescription, SlideStatus } from '../../slides/slide.js';
import type { Verification } from '../../slides/verification.js';
import { endClaim, findClaims, refuseOthers } from './claims.js';
import type { Database } from './database.js';
import { findOrder } from './orders.js';
import { findRow, toCrop, toSlide } from './rows.js';

/**
 * Makes a slide. The same one made again is the one that there is.
 *
 * @throws {ServiceError} slide_exists, where a slide of that id has other data.
 */
export async function createSlide(
  db: Database,
  { description, at }: { description: SlideDescription; at: string },
): Promise<Slide> {
  const { id, source, specimenNumber } = description;
  await db
    .insertInto('slides')
    .values({
      id,
      description: JSON.stringify(description),
      source: source ?? null,
      specimen_number: specimenNumber,
      status: 'open',
      revision: 1,
      crop_count: 0,
      created_at: at,
      completed_at: null,
      changed_at: at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const row = await findRow(db, id);
  if (!isDeepStrictEqual(JSON.parse(row.description), JSON.parse(JSON.stringify(description)))) {
    throw new ServiceError('slide_exists', `There is a slide ${id} with other data.`);
  }
  return toSlide(row);
}

/** @throws {ServiceError} unknown_slide */
export async function getSlide(db: Database, { id }: { id: string }): Promise<Slide> {
  return toSlide(await findRow(db, id));
}

export interface SlideContent {
  slide: Slide;
  /** By their numbers. */
  crops: SlideCrop[];
  /** The oldest first. */
  verifications: Verification[];
}

/**
 * A slide with all that belongs to it, and what is ordered for its specimen.
 *
 * @throws {ServiceError} unknown_slide
 */
export async function readSlide(db: Database, { id }: { id: string }): Promise<SlideContent> {
  const described = toSlide(await findRow(db, id));
  const slide = withOrder(described, await findOrder(db, described));
  const crops = await db
    .selectFrom('crops')
    .selectAll()
    .where('slide_id', '=', id)
    .orderBy('number')
    .execute();
  const verifications = await db
    .selectFrom('verifications')
    .select('content')
    .where('slide_id', '=', id)
    .orderBy('revision')
    .execute();
  return {
    slide,
    crops: crops.map(toCrop),
    verifications: verifications.map(({ content }) => JSON.parse(content)),
  };
}

export interface ListSlides {
  status?: SlideStatus | undefined;
  source?: string | undefined;
  specimenNumber?: string | undefined;
  /** A part of the id, the specimen's number or the analyzer's name, in small or capital letters. */
  search?: string | undefined;
  limit: number;
  /** The last slide of the page before. */
  after?: Pick<Slide, 'createdAt' | 'id'> | undefined;
}

/** A slide of a list, and whose it is at the moment. */
export type ListedSlide = Slide & { claim?: Claim };

/** Slides, the newest first. */
export async function listSlides(
  db: Database,
  { status, source, specimenNumber, search, limit, after }: ListSlides,
): Promise<ListedSlide[]> {
  let query = db
    .selectFrom('slides')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (status !== undefined) query = query.where('status', '=', status);
  if (source !== undefined) query = query.where('source', '=', source);
  if (specimenNumber !== undefined) query = query.where('specimen_number', '=', specimenNumber);
  if (search !== undefined) {
    const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where(({ eb, fn, or, val }) =>
      or(
        (['id', 'specimen_number', 'source'] as const).map((column) =>
          eb(fn('lower', [column]), 'like', sql<string>`${val(pattern)} escape '\\'`),
        ),
      ),
    );
  }
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(after.createdAt, after.id)),
    );
  }
  const slides = (await query.execute()).map(toSlide);
  const claims = await findClaims(
    db,
    slides.map(({ id }) => id),
  );
  return slides.map((slide) => {
    const claim = claims.get(slide.id);
    return { ...slide, ...(claim && { claim }) };
  });
}

/** Takes no more crops from now on; once more changes nothing. @throws {ServiceError} unknown_slide */
export async function completeSlide(db: Database, { id, at }: { id: string; at: string }): Promise<Slide> {
  await db
    .updateTable('slides')
    .set(({ eb }) => ({
      status: 'complete',
      completed_at: at,
      changed_at: at,
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', id)
    .where('status', '=', 'open')
    .execute();
  return getSlide(db, { id });
}

export interface VerifySlide {
  id: string;
  /** Its `revision` is that of the slide afterwards: one more than what the person saw. */
  verification: Verification;
  status: Extract<SlideStatus, 'verified' | 'corrected'>;
}

/**
 * Adds a verification, with which the person's claim ends.
 *
 * @throws {ServiceError} unknown_slide, slide_claimed by another person, or slide_changed since it was looked at.
 */
export async function verifySlide(db: Database, { id, verification, status }: VerifySlide): Promise<Slide> {
  const { revision, at, by } = verification;
  await refuseOthers(db, { id, by, at });
  await endClaim(db, id);
  const { numUpdatedRows } = await db
    .updateTable('slides')
    .set({ status, revision, changed_at: at })
    .where('id', '=', id)
    .where('revision', '=', revision - 1)
    .where('status', '!=', 'open')
    .executeTakeFirst();
  const slide = await getSlide(db, { id });
  if (numUpdatedRows === 0n) {
    throw new ServiceError(
      'slide_changed',
      `Slide ${id} is at revision ${slide.revision}, not ${revision - 1}.`,
    );
  }
  await db
    .insertInto('verifications')
    .values({ slide_id: id, revision, content: JSON.stringify(verification) })
    .execute();
  return slide;
}
