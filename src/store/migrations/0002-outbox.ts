import type { Kysely, Migration } from 'kysely';

/** Messages to laboratory systems, each until it is delivered and for a while after. */
export const outbox: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('slide_id', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('control_id', 'text', (column) => column.notNull())
      .addColumn('content_type', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .addColumn('due_at', 'text', (column) => column.notNull())
      .addColumn('claim', 'text')
      .addColumn('settled_at', 'text')
      .addColumn('reason', 'text')
      .execute();
    // What is due at a destination, the oldest first; what came before it of the same slide; what may be deleted.
    const index = (name: string, columns: string[]) =>
      db.schema.createIndex(name).on('outbox').columns(columns).execute();
    await index('outbox_by_state', ['destination', 'state', 'created_at', 'queued_at']);
    await index('outbox_by_slide', ['slide_id', 'destination', 'revision']);
    await index('outbox_by_settlement', ['settled_at']);
  },
};
