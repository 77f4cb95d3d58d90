import { PostgresAdapter } from 'kysely';
import { ServiceError } from '../../errors/problem.js';
import type { Tables } from '../tables.js';
import type { Database } from './database.js';

/** In these a message is not done with, and no later one of its slide may leave for the same destination. */
const UNDONE: Tables['outbox']['state'][] = ['waiting', 'sending', 'dead'];

/** A message as it was rendered, for one destination. */
export interface NewMessage {
  id: string;
  destination: string;
  slideId: string;
  /** Of the slide, by which its messages keep their order. */
  revision: number;
  controlId: string;
  contentType: string;
  /** Base64. */
  body: string;
  /** Why there is no body: the message is a dead letter from the start. */
  failure?: string;
}

/** Puts messages in the outbox; in the transaction of the change that they tell of. */
export async function addMessages(
  db: Database,
  { messages, at }: { messages: readonly NewMessage[]; at: string },
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map(
    ({ id, destination, slideId, revision, controlId, contentType, body, failure }) => ({
      id,
      destination,
      slide_id: slideId,
      revision,
      control_id: controlId,
      content_type: contentType,
      body,
      state: failure === undefined ? ('waiting' as const) : ('dead' as const),
      reason: failure ?? null,
      attempts: 0,
      created_at: at,
      queued_at: at,
      due_at: at,
    }),
  );
  await db.insertInto('outbox').values(rows).execute();
}

export interface ClaimedMessage extends NewMessage {
  /** Number of the attempt that it was claimed for, from 1. */
  attempt: number;
  /** When it was written, or put back by a person. */
  queuedAt: string;
}

interface Claim {
  destination: string;
  /** Name of this claim, by which only its owner settles the message. */
  claim: string;
  at: string;
  /** When the claim ends by itself, as its owner has died. */
  until: string;
}

/**
 * Claims the oldest message that is due at a destination and that no earlier one of its slide holds up. No two
 * processes get the same one, as long as the claim lasts.
 */
export async function claimMessage(
  db: Database,
  { destination, claim, at, until }: Claim,
): Promise<ClaimedMessage | undefined> {
  const row = await db
    .updateTable('outbox')
    .set(({ eb }) => ({ state: 'sending', claim, due_at: until, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('outbox as next')
        .select('next.id')
        .where('next.destination', '=', destination)
        .where('next.state', 'in', ['waiting', 'sending'])
        .where('next.due_at', '<=', at)
        .where(({ not, exists, selectFrom: earlierFrom }) =>
          not(
            exists(
              earlierFrom('outbox as earlier')
                .select('earlier.id')
                .whereRef('earlier.slide_id', '=', 'next.slide_id')
                .whereRef('earlier.destination', '=', 'next.destination')
                .whereRef('earlier.revision', '<', 'next.revision')
                .where('earlier.state', 'in', UNDONE),
            ),
          ),
        )
        .orderBy('next.created_at')
        .orderBy('next.id')
        .limit(1)
        // SQLite has one writer at a time, so nothing to skip.
        .$if(db.getExecutor().adapter instanceof PostgresAdapter, (query) =>
          query.forUpdate(['next']).skipLocked(),
        ),
    )
    .returningAll()
    .executeTakeFirst();
  return row && { ...toMessage(row), attempt: row.attempts, queuedAt: row.queued_at };
}

interface Settle {
  id: string;
  claim: string;
  at: string;
  state: 'waiting' | 'delivered' | 'dead';
  /** Next attempt of one that waits. */
  dueAt?: string;
  reason?: string;
}

/** Says what became of a claimed message. @returns false where the claim has ended meanwhile; nothing changes then. */
export async function settleMessage(
  db: Database,
  { id, claim, at, state, dueAt, reason }: Settle,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({
      state,
      due_at: dueAt ?? at,
      claim: null,
      reason: reason ?? null,
      settled_at: state === 'delivered' ? at : null,
    })
    .where('id', '=', id)
    .where('claim', '=', claim)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Puts a dead letter back, to be sent as it is.
 *
 * @throws {ServiceError} unknown_message, message_not_dead, or message_empty where it could not be written at all.
 */
export async function resendMessage(
  db: Database,
  { id, at }: { id: string; at: string },
): Promise<OutboxEntry> {
  const empty = await db
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', id)
    .where('body', '=', '')
    .executeTakeFirst();
  if (empty)
    throw new ServiceError('message_empty', `Message ${id} could not be written; it can be discarded.`);
  return changeDead(db, id, { state: 'waiting', attempts: 0, queued_at: at, due_at: at });
}

/**
 * Gives a dead letter up for good, so that later messages of its slide go on.
 *
 * @throws {ServiceError} unknown_message, message_not_dead
 */
export async function discardMessage(
  db: Database,
  { id, at }: { id: string; at: string },
): Promise<OutboxEntry> {
  return changeDead(db, id, { state: 'discarded', settled_at: at });
}

async function changeDead(db: Database, id: string, change: Partial<Tables['outbox']>): Promise<OutboxEntry> {
  const row = await db
    .updateTable('outbox')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', 'dead')
    .returning(ENTRY)
    .executeTakeFirst();
  if (row) return toEntry(row);
  const known = await db.selectFrom('outbox').select('state').where('id', '=', id).executeTakeFirst();
  if (!known) throw new ServiceError('unknown_message', `The outbox has no message ${id}.`);
  throw new ServiceError('message_not_dead', `Message ${id} is ${known.state}, no dead letter.`);
}

/** A message without its content. */
export interface OutboxEntry {
  id: string;
  destination: string;
  slideId: string;
  revision: number;
  controlId: string;
  state: Tables['outbox']['state'];
  attempts: number;
  createdAt: string;
  /** Why the last attempt failed, in the receiver's words. */
  reason: string | null;
}

/** Dead letters, the oldest first. */
export async function deadLetters(db: Database, { limit }: { limit: number }): Promise<OutboxEntry[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(ENTRY)
    .where('state', '=', 'dead')
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

export interface OutboxCount {
  destination: string;
  state: Tables['outbox']['state'];
  count: number;
  /** When the oldest of them was written, or put back by a person. */
  oldestAt: string;
}

/** Messages by destination and state. */
export async function countMessages(db: Database, _: object): Promise<OutboxCount[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(({ fn }) => [
      'destination',
      'state',
      fn.countAll<number | string>().as('count'),
      fn.min('queued_at').as('oldestAt'),
    ])
    .groupBy(['destination', 'state'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Deletes what was delivered or discarded before then. @returns how many. */
export async function deleteMessagesBefore(db: Database, { before }: { before: string }): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('outbox')
    .where('settled_at', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

const ENTRY = [
  'id',
  'destination',
  'slide_id',
  'revision',
  'control_id',
  'state',
  'attempts',
  'created_at',
  'reason',
] as const;

function toEntry(row: Pick<Tables['outbox'], (typeof ENTRY)[number]>): OutboxEntry {
  const { id, destination, revision, state, attempts, reason } = row;
  const { slide_id: slideId, control_id: controlId, created_at: createdAt } = row;
  return { id, destination, slideId, revision, controlId, state, attempts, createdAt, reason };
}

function toMessage(row: Tables['outbox']): NewMessage {
  const { id, destination, revision, body } = row;
  const { slide_id: slideId, control_id: controlId, content_type: contentType } = row;
  return { id, destination, slideId, revision, controlId, contentType, body };
}
