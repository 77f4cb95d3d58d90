import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';

/** A connection or a transaction. */
export type Database = Kysely<Tables>;
