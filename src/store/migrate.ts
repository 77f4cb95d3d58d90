import { type Kysely, type Migration, Migrator } from 'kysely';
import { slides } from './migrations/0001-slides.js';
import { outbox } from './migrations/0002-outbox.js';
import { orders } from './migrations/0003-orders.js';
import { review } from './migrations/0004-review.js';
import { cropIds } from './migrations/0005-crop-ids.js';

/** Every change of the tables, in order of their names. One that was released is never edited. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-slides': slides,
  '0002-outbox': outbox,
  '0003-orders': orders,
  '0004-review': review,
  '0005-crop-ids': cropIds,
};

/**
 * Brings the tables up to date. Replicas that start together wait for each other.
 *
 * @throws {Error} what the database says; also when its tables are those of a newer service.
 */
export async function migrate(db: Kysely<never>): Promise<void> {
  const provider = { getMigrations: async () => MIGRATIONS };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
}
