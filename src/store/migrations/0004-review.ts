import type { Kysely, Migration } from 'kysely';

/** Each step of a person's review, and whose a slide is meanwhile. */
export const review: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('review_changes')
      .addColumn('slide_id', 'text', (column) => column.notNull().references('slides.id').onDelete('cascade'))
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('review_changes_key', ['slide_id', 'number'])
      .execute();
    await db.schema
      .createTable('claims')
      .addColumn('slide_id', 'text', (column) =>
        column.primaryKey().references('slides.id').onDelete('cascade'),
      )
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('until', 'text', (column) => column.notNull())
      .execute();
  },
};
