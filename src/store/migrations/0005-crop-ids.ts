import type { Kysely, Migration } from 'kysely';

/** The caller's own ids of crops. */
export const cropIds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('crops').addColumn('crop_id', 'text').execute();
  },
};
