import type { Kysely, Migration } from 'kysely';

/** Orders that laboratory systems sent, by the specimen that they are for. */
export const orders: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('orders')
      .addColumn('specimen_number', 'text', (column) => column.notNull())
      .addColumn('order_number', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('received_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('orders_key', ['specimen_number', 'order_number'])
      .execute();
    await db.schema.createIndex('orders_by_receipt').on('orders').column('received_at').execute();
  },
};
