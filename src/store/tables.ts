import type { SlideStatus } from '../slides/slide.js';

/** The tables, the same in SQLite and PostgreSQL. Times are ISO 8601 in UTC, which sort as text; JSON is text. */
export interface Tables {
  slides: SlidesTable;
  crops: CropsTable;
  verifications: VerificationsTable;
  answers: AnswersTable;
  outbox: OutboxTable;
  orders: OrdersTable;
  review_changes: ReviewChangesTable;
  claims: ClaimsTable;
}

interface SlidesTable {
  id: string;
  /** SlideDescription, as JSON. */
  description: string;
  source: string | null;
  specimen_number: string;
  status: SlideStatus;
  revision: number;
  crop_count: number;
  created_at: string;
  completed_at: string | null;
  /** For retention. */
  changed_at: string;
}

interface CropsTable {
  slide_id: string;
  sha256: string;
  number: number;
  filename: string | null;
  /** The caller's own. */
  crop_id: string | null;
  received_at: string;
  model_name: string;
  model_version: string;
  /** Of the result, to count by. */
  class: string;
  decision: string | null;
  /** CropResult, as JSON. */
  result: string;
}

interface VerificationsTable {
  slide_id: string;
  /** Of the slide, after it. */
  revision: number;
  /** Verification, as JSON. */
  content: string;
}

/** Answers to requests with an Idempotency-Key, to be given again. */
interface AnswersTable {
  slide_id: string;
  idempotency_key: string;
  /** Of what the request asked for. */
  fingerprint: string;
  /** JSON. */
  answer: string;
}

/** Messages to laboratory systems. */
interface OutboxTable {
  id: string;
  destination: string;
  slide_id: string;
  /** Of the slide, by which its messages keep their order. */
  revision: number;
  control_id: string;
  content_type: string;
  /** Base64, as it is sent. */
  body: string;
  state: 'waiting' | 'sending' | 'delivered' | 'dead' | 'discarded';
  attempts: number;
  created_at: string;
  /** When it was written, or put back by a person. */
  queued_at: string;
  /** Next attempt of one that waits; end of the claim of one that is being sent. */
  due_at: string;
  claim: string | null;
  /** When it was delivered or discarded. */
  settled_at: string | null;
  reason: string | null;
}

/** Orders of laboratory systems. */
interface OrdersTable {
  specimen_number: string;
  order_number: string;
  /** Order, as JSON. */
  content: string;
  received_at: string;
}

/** Steps of reviews. */
interface ReviewChangesTable {
  slide_id: string;
  number: number;
  /** ReviewChange, as JSON. */
  content: string;
}

/** Whose a slide is while he or she reviews it. */
interface ClaimsTable {
  slide_id: string;
  /** Person, as JSON. */
  person: string;
  until: string;
}
