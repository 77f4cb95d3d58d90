import type { z } from 'zod';
import type { Slides } from '../../plugins/slides.js';
import { type Claim, pendingCorrections } from '../../slides/review.js';
import type { Review } from '../../store/operations/review.js';
import type { reviewSchema } from './schemas.js';

/** A claim as an answer has it: none that has ended. */
export function claimAt(claim: Claim | undefined): { claim?: Claim } {
  return claim && claim.until > new Date().toISOString() ? { claim } : {};
}

/** A review as JSON has it. */
export async function toReview(
  slides: Slides,
  { content, changes, claim }: Review,
): Promise<z.output<typeof reviewSchema>> {
  const { id, revision } = content.slide;
  const corrections = pendingCorrections(changes, revision);
  const { differential } = await slides.report(content, corrections);
  // The types of what is sent are not readonly.
  const answer = { slide: id, revision, ...claimAt(claim), changes, corrections, differential };
  return answer as z.output<typeof reviewSchema>;
}
