import { ServiceError } from '../../errors/problem.js';
import { type Claim, isSamePerson } from '../../slides/review.js';
import type { Person } from '../../slides/verification.js';
import type { Database } from './database.js';

/** By the slides' ids; whoever asks knows the time, by which some have ended. */
export async function findClaims(db: Database, ids: readonly string[]): Promise<Map<string, Claim>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('claims').selectAll().where('slide_id', 'in', ids).execute();
  return new Map(
    rows.map(({ slide_id: id, person, until }) => [id, { by: JSON.parse(person) as Person, until }]),
  );
}

/** @throws {ServiceError} slide_claimed, where the slide is another person's at that time. */
export async function refuseOthers(
  db: Database,
  { id, by, at }: { id: string; by: Person; at: string },
): Promise<void> {
  const claim = (await findClaims(db, [id])).get(id);
  if (claim && claim.until > at && !isSamePerson(claim.by, by)) {
    throw new ServiceError('slide_claimed', `${claim.by.name} reviews slide ${id} until ${claim.until}.`);
  }
}

export async function setClaim(db: Database, id: string, { by, until }: Claim): Promise<void> {
  const row = { person: JSON.stringify(by), until };
  await db
    .insertInto('claims')
    .values({ slide_id: id, ...row })
    .onConflict((conflict) => conflict.column('slide_id').doUpdateSet(row))
    .execute();
}

export async function endClaim(db: Database, id: string): Promise<void> {
  await db.deleteFrom('claims').where('slide_id', '=', id).execute();
}
