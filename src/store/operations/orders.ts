import type { Order, OrderChanges } from '../../slides/order.js';
import type { Database } from './database.js';

/** Keeps what a message orders, in place of what it ordered before, and drops what it cancels. */
export async function changeOrders(
  db: Database,
  { changes, at }: { changes: OrderChanges; at: string },
): Promise<void> {
  for (const order of changes.placed) {
    const { specimenNumber: specimen_number, orderNumber: order_number } = order;
    const content = JSON.stringify(order);
    await db
      .insertInto('orders')
      .values({ specimen_number, order_number, content, received_at: at })
      .onConflict((conflict) =>
        conflict.columns(['specimen_number', 'order_number']).doUpdateSet({ content, received_at: at }),
      )
      .execute();
  }
  for (const { specimenNumber, orderNumber } of changes.cancelled) {
    await db
      .deleteFrom('orders')
      .where('specimen_number', '=', specimenNumber)
      .where('order_number', '=', orderNumber)
      .execute();
  }
}

/** The order for a specimen: the one of that number, or else the last that came. */
export async function findOrder(
  db: Database,
  { specimenNumber, orderNumber }: { specimenNumber: string; orderNumber?: string },
): Promise<Order | undefined> {
  let query = db
    .selectFrom('orders')
    .select('content')
    .where('specimen_number', '=', specimenNumber)
    .orderBy('received_at', 'desc')
    .orderBy('order_number', 'desc')
    .limit(1);
  if (orderNumber !== undefined) query = query.where('order_number', '=', orderNumber);
  const row = await query.executeTakeFirst();
  return row && (JSON.parse(row.content) as Order);
}

/** All orders for a specimen, the last that came first. */
export async function findOrders(
  db: Database,
  { specimenNumber }: { specimenNumber: string },
): Promise<Order[]> {
  const rows = await db
    .selectFrom('orders')
    .select('content')
    .where('specimen_number', '=', specimenNumber)
    .orderBy('received_at', 'desc')
    .orderBy('order_number', 'desc')
    .execute();
  return rows.map(({ content }) => JSON.parse(content) as Order);
}

/** Deletes orders that came before then. */
export async function deleteOrdersBefore(db: Database, { before }: { before: string }): Promise<void> {
  await db.deleteFrom('orders').where('received_at', '<', before).execute();
}
