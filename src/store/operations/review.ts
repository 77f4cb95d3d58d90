import { ServiceError } from '../../errors/problem.js';
import { type Claim, pendingCorrections, type ReviewChange } from '../../slides/review.js';
import { countedCrops, type Person } from '../../slides/verification.js';
import { endClaim, findClaims, refuseOthers, setClaim } from './claims.js';
import type { Database } from './database.js';
import { lockSlide } from './rows.js';
import { readSlide, type SlideContent } from './slides.js';

/** A slide as it stands in its review. */
export interface Review {
  content: SlideContent;
  /** Of all times, the oldest first. */
  changes: ReviewChange[];
  /** It may have ended; its `until` says so. */
  claim?: Claim;
}

/** @throws {ServiceError} unknown_slide */
export async function readReview(db: Database, { id }: { id: string }): Promise<Review> {
  const content = await readSlide(db, { id });
  const rows = await db
    .selectFrom('review_changes')
    .select('content')
    .where('slide_id', '=', id)
    .orderBy('number')
    .execute();
  const claim = (await findClaims(db, [id])).get(id);
  return { content, changes: rows.map((row) => JSON.parse(row.content)), ...(claim && { claim }) };
}

/** What tells whether a review has gone on: the number of its last change, and whose it is. */
export async function reviewState(
  db: Database,
  { id }: { id: string },
): Promise<{ changeCount: number; claim?: Claim }> {
  const { last } = await db
    .selectFrom('review_changes')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('slide_id', '=', id)
    .executeTakeFirstOrThrow();
  const claim = (await findClaims(db, [id])).get(id);
  return { changeCount: last ?? 0, ...(claim && { claim }) };
}

export interface AddReviewChanges {
  id: string;
  by: Person;
  /** Number of the last change that the person has seen; 0 for none. */
  after: number;
  /** The class of each crop from now on; none takes back what was said since the last verification. */
  changes: readonly { crop: string; class?: string | undefined }[];
  at: string;
  /** Until when the slide is this person's. */
  until: string;
}

/**
 * Adds a person's steps to a review.
 *
 * @returns the review with them.
 * @throws {ServiceError} unknown_slide, slide_open, slide_claimed, review_changed or unknown_crop; then none is added.
 */
export async function addReviewChanges(db: Database, args: AddReviewChanges): Promise<Review> {
  const { id, by, after, changes: steps, at, until } = args;
  await lockSlide(db, id, at);
  const { content, changes } = await readReview(db, { id });
  const { slide, crops, verifications } = content;
  if (slide.status === 'open') throw new ServiceError('slide_open', `Slide ${id} is not complete yet.`);
  await refuseOthers(db, { id, by, at });
  if (changes.length !== after) {
    throw new ServiceError('review_changed', `The review has ${changes.length} changes, not ${after}.`);
  }
  const verified = countedByCrop(crops, verifications);
  const pending = { corrections: pendingCorrections(changes, slide.revision) };
  const current = countedByCrop(crops, [...verifications, pending]);
  for (const { crop, class: to } of steps) {
    if (!current.has(crop)) throw new ServiceError('unknown_crop', `The slide has no crop ${crop}.`);
    const from = current.get(crop);
    const number = changes.length + 1;
    const change = { number, crop, from, to, by, at, revision: slide.revision };
    changes.push(JSON.parse(JSON.stringify(change)));
    current.set(crop, to ?? verified.get(crop));
  }
  const rows = changes
    .slice(after)
    .map((change) => ({ slide_id: id, number: change.number, content: JSON.stringify(change) }));
  if (rows.length > 0) await db.insertInto('review_changes').values(rows).execute();
  await setClaim(db, id, { by, until });
  return { content, changes, claim: { by, until } };
}

function countedByCrop(...[crops, verifications]: Parameters<typeof countedCrops>) {
  return new Map(countedCrops(crops, verifications).map(({ crop, class: name }) => [crop.sha256, name]));
}

interface ClaimSlide {
  id: string;
  by: Person;
  at: string;
  until: string;
  /** Also from another person. */
  takeOver: boolean;
}

/** Makes a slide a person's, which is no change of it: its retention goes on. @throws {ServiceError} unknown_slide or slide_claimed */
export async function claimSlide(db: Database, { id, by, at, until, takeOver }: ClaimSlide): Promise<Claim> {
  await lockSlide(db, id);
  if (!takeOver) await refuseOthers(db, { id, by, at });
  await setClaim(db, id, { by, until });
  return { by, until };
}

/** Ends a person's claim; that of another one stays. @throws {ServiceError} unknown_slide or slide_claimed */
export async function releaseSlide(
  db: Database,
  { id, by, at }: { id: string; by: Person; at: string },
): Promise<void> {
  await lockSlide(db, id);
  await refuseOthers(db, { id, by, at });
  await endClaim(db, id);
}
