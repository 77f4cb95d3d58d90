import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import type { Slides } from '../../plugins/slides.js';
import type { SlideReport } from '../../slides/report.js';
import type { Person, Verification } from '../../slides/verification.js';
import type { SlideContent } from '../../store/operations/slides.js';
import type { verifySchema } from './schemas.js';

type Request = z.output<typeof verifySchema>;

/**
 * Verifies a slide, and writes what is to be sent of it in the same transaction.
 *
 * @returns the slide as it is then.
 * @throws {ServiceError} for a slide that cannot be verified like that.
 */
export async function verify(slides: Slides, id: string, by: Person, request: Request): Promise<SlideReport> {
  const store = await slides.store();
  const content = await store.read('readSlide', { id });
  const { slide, verifications } = content;
  if (slide.status === 'open') throw new ServiceError('slide_open', `Slide ${id} is not complete yet.`);
  if (isRepeat(verifications.at(-1), by, request)) return slides.report(content);
  if (request.revision !== undefined && request.revision !== slide.revision) {
    throw new ServiceError(
      'slide_changed',
      `Slide ${id} is at revision ${slide.revision}, not ${request.revision}.`,
    );
  }
  checkCorrections(slides, content, request);
  const { corrections, comment } = request;
  const verification: Verification = {
    by,
    at: new Date().toISOString(),
    corrections,
    ...(comment !== undefined && { comment }),
    revision: slide.revision + 1,
  };
  const status = verifications.length === 0 ? 'verified' : 'corrected';
  const report = await slides.report({
    ...content,
    slide: { ...slide, status, revision: verification.revision },
    verifications: [...verifications, verification],
  });
  const { unidentifiedCount } = report.differential;
  if (unidentifiedCount > 0) {
    throw new ServiceError('unidentified_crops', `A person must look at ${unidentifiedCount} crops of it.`);
  }
  const messages = await Promise.all(slides.messages.map((messagesOf) => messagesOf(report)));
  await store.write(['verifySlide', { id, verification, status }], ...messages.flat());
  slides.changed(id);
  return report;
}

/** Whether it is the last verification again, perhaps because its answer was lost. */
function isRepeat(last: Verification | undefined, by: Person, request: Request): boolean {
  if (!last) return false;
  const { corrections, comment, revision = last.revision - 1 } = request;
  return isDeepStrictEqual(
    [last.by, last.corrections, last.comment, last.revision - 1],
    [by, corrections, comment, revision],
  );
}

/** @throws {ServiceError} unknown_class */
export function ensureClassKnown({ vocabulary }: Slides, name: string): void {
  if (Object.hasOwn(vocabulary.classes, name)) return;
  const known = Object.keys(vocabulary.classes).join(', ');
  throw new ServiceError('unknown_class', `"${name}" is none of ${known}.`);
}

function checkCorrections(slides: Slides, { crops }: SlideContent, { corrections }: Request): void {
  const hashes = new Set(crops.map(({ sha256 }) => sha256));
  for (const { crop, class: name } of corrections) {
    if (!hashes.has(crop)) throw new ServiceError('unknown_crop', `The slide has no crop ${crop}.`);
    ensureClassKnown(slides, name);
  }
}
