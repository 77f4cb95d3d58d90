import type { Database } from './database.js';

interface Before {
  /** ISO 8601 in UTC. */
  before: string;
  limit: number;
}

/** Ids of slides that nothing has changed since then, the longest unchanged first. */
export async function slidesBefore(db: Database, { before, limit }: Before): Promise<string[]> {
  const rows = await db
    .selectFrom('slides')
    .select('id')
    .where('changed_at', '<', before)
    .orderBy('changed_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Deletes these slides with all that belongs to them, unless something has changed since then. */
export async function deleteSlidesBefore(
  db: Database,
  { ids, before }: { ids: readonly string[]; before: string },
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .deleteFrom('slides')
    .where('id', 'in', ids)
    .where('changed_at', '<', before)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
