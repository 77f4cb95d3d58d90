import { createHash } from 'node:crypto';
import type { SlideReport } from '../slides/report.js';
import type { Person } from '../slides/verification.js';

/** When what was looked at was taken, or as near to it as is known. */
export function observedAt({ slide }: SlideReport): string {
  return slide.collectedAt ?? slide.createdAt;
}

/** When the last crop came: its classification. */
export function analyzedAt({ slide, crops }: SlideReport): string {
  return crops.at(-1)?.crop.receivedAt ?? slide.createdAt;
}

/** When the report became what it is; the same report always says the same time. */
export function reportedAt(report: SlideReport): string {
  const { slide, verifications } = report;
  return verifications.at(-1)?.at ?? slide.completedAt ?? analyzedAt(report);
}

/** Who answers for the report; undefined as long as nobody does. */
export function verifiedBy({ verifications, differential }: SlideReport): Person | undefined {
  return differential.status === 'preliminary' ? undefined : verifications.at(-1)?.by;
}

/**
 * The name of a message about a slide as it is now: the same on every repeat, another one once the slide has changed.
 *
 * @returns 20 letters and digits, the most that HL7 v2 has room for.
 */
export function controlId({ slide }: SlideReport, format: string): string {
  const parts = [format, slide.id, slide.revision, slide.cropCount];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 20).toUpperCase();
}
