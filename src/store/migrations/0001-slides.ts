import type { Kysely, Migration } from 'kysely';

/** Slides, their crops, who verified them, and answers that may be asked for again. */
export const slides: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('slides')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('source', 'text')
      .addColumn('specimen_number', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('crop_count', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('completed_at', 'text')
      .addColumn('changed_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('slides_by_creation').on('slides').columns(['created_at', 'id']).execute();
    await db.schema.createIndex('slides_by_specimen').on('slides').column('specimen_number').execute();
    await db.schema.createIndex('slides_by_change').on('slides').column('changed_at').execute();
    await db.schema
      .createTable('crops')
      .addColumn('slide_id', 'text', (column) => column.notNull().references('slides.id').onDelete('cascade'))
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('filename', 'text')
      .addColumn('received_at', 'text', (column) => column.notNull())
      .addColumn('model_name', 'text', (column) => column.notNull())
      .addColumn('model_version', 'text', (column) => column.notNull())
      .addColumn('class', 'text', (column) => column.notNull())
      .addColumn('decision', 'text')
      .addColumn('result', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('crops_key', ['slide_id', 'sha256'])
      .addUniqueConstraint('crops_number', ['slide_id', 'number'])
      .execute();
    await db.schema
      .createTable('verifications')
      .addColumn('slide_id', 'text', (column) => column.notNull().references('slides.id').onDelete('cascade'))
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('verifications_key', ['slide_id', 'revision'])
      .execute();
    await db.schema
      .createTable('answers')
      .addColumn('slide_id', 'text', (column) => column.notNull().references('slides.id').onDelete('cascade'))
      .addColumn('idempotency_key', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('answer', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('answers_key', ['slide_id', 'idempotency_key'])
      .execute();
  },
};
