/** What became of one attempt to send a message. */
export type Outcome =
  /** The receiver has it. */
  | { kind: 'accepted' }
  /** The receiver says that the message is wrong (HL7's AE, HTTP's 422): it would say so again. */
  | { kind: 'refused'; reason: string }
  /** The receiver did not take it, but not for its content (HL7's AR): it is repeated unchanged. */
  | { kind: 'rejected'; reason: string }
  /** Nobody answered, or not as agreed: whether the receiver has it is unknown, and others would fare no better. */
  | { kind: 'failed'; reason: string; retryAfterMs?: number };

/** How long to wait between attempts, and when to give up. */
export interface RetryPolicy {
  /** Wait after the first failure, doubled after each further one. */
  firstWaitMs: number;
  /** Longest wait. */
  maxWaitMs: number;
  /** Age of a message past which a failure makes it a dead letter. */
  giveUpAfterMs: number;
}

/** What a message becomes after an attempt. */
export type Settlement =
  | { state: 'delivered' }
  | { state: 'waiting'; waitMs: number; reason: string }
  | { state: 'dead'; reason: string };

/**
 * What a message becomes after an attempt: delivered, waiting for the next one, or a dead letter that waits for a
 * person.
 *
 * @param attempt number of this attempt, from 1.
 * @param ageMs since the message was written.
 * @param random in [0, 1), for the jitter.
 */
export function settle(
  outcome: Outcome,
  { attempt, ageMs, policy, random }: { attempt: number; ageMs: number; policy: RetryPolicy; random: number },
): Settlement {
  if (outcome.kind === 'accepted') return { state: 'delivered' };
  const { reason } = outcome;
  if (outcome.kind === 'refused') return { state: 'dead', reason };
  const asked = outcome.kind === 'failed' ? (outcome.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(backOffMs(attempt, policy, random), Math.min(asked, policy.maxWaitMs));
  if (ageMs + waitMs > policy.giveUpAfterMs) return { state: 'dead', reason: `given up: ${reason}` };
  return { state: 'waiting', waitMs, reason };
}

/**
 * Exponential back-off of which one half is random, so that senders that failed together do not come back together
 * (Brooker 2015, "Exponential Backoff And Jitter": equal jitter).
 */
export function backOffMs(attempt: number, { firstWaitMs, maxWaitMs }: RetryPolicy, random: number): number {
  const ceiling = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round((ceiling * (1 + random)) / 2);
}
