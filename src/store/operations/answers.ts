import type { Database } from './database.js';

interface AnswerKey {
  slideId: string;
  idempotencyKey: string;
}

export interface KeptAnswer {
  /** Of what the request asked for: another one with the same key asks for something else. */
  fingerprint: string;
  /** JSON. */
  answer: string;
}

/** The answer that a request with this key was given. */
export async function findAnswer(
  db: Database,
  { slideId, idempotencyKey }: AnswerKey,
): Promise<KeptAnswer | undefined> {
  return db
    .selectFrom('answers')
    .select(['fingerprint', 'answer'])
    .where('slide_id', '=', slideId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst();
}

/** Keeps an answer, unless there is one with that key. @returns the one that is kept. */
export async function keepAnswer(db: Database, args: AnswerKey & KeptAnswer): Promise<KeptAnswer> {
  const { slideId, idempotencyKey, fingerprint, answer } = args;
  await db
    .insertInto('answers')
    .values({ slide_id: slideId, idempotency_key: idempotencyKey, fingerprint, answer })
    .onConflict((conflict) => conflict.columns(['slide_id', 'idempotency_key']).doNothing())
    .execute();
  return (await findAnswer(db, args)) ?? { fingerprint, answer };
}
