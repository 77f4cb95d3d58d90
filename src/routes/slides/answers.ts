import type { z } from 'zod';
import type { SlideReport } from '../../slides/report.js';
import type { reportSchema, summarySchema } from './schemas.js';

/** A slide and what it shows, as JSON has it. */
export function toSummary({
  slide,
  differential,
  verifications,
}: SlideReport): z.output<typeof summarySchema> {
  // The types of what is sent are not readonly.
  return { ...slide, differential, verifications } as z.output<typeof summarySchema>;
}

/** All of a slide, as JSON has it. */
export function toReport(report: SlideReport): z.output<typeof reportSchema> {
  return {
    ...toSummary(report),
    crops: report.crops.map(({ crop, class: countsAs, byPerson }) => {
      const { sha256, ...rest } = crop;
      return { crop: sha256, ...rest, ...(countsAs !== undefined && { countsAs }), byPerson };
    }) as z.output<typeof reportSchema>['crops'],
  };
}
