/** Whether an answer may be taken as it is, or a person must look at the crop. */
export const DECISIONS = ['accepted', 'review'] as const;
export type Decision = (typeof DECISIONS)[number];

/** Why a person must look; stable codes. */
export const REASONS = ['low_confidence', 'set_not_single', 'out_of_distribution', 'poor_quality'] as const;
export type Reason = (typeof REASONS)[number];
