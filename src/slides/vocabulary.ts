import { z } from 'zod';

/**
 * What a class counts as in a differential: a white cell, one that is given per 100 white cells (erythroblasts), one
 * that is counted apart (platelets), or nothing (an artefact, by which a person takes a crop out).
 */
export const ROLES = ['white_cell', 'per_100_white_cells', 'apart', 'not_counted'] as const;
export type Role = (typeof ROLES)[number];

const ageYears = z.number().nonnegative();
const figure = z.number().nonnegative();

const rangeSchema = z
  .strictObject({
    fromAgeYears: ageYears.optional().describe('From this age on; from birth unless given'),
    toAgeYears: ageYears.optional().describe('Below this age; without an end unless given'),
    low: figure.optional().describe('Below it the flag is L'),
    high: figure.optional().describe('Above it the flag is H'),
    abnormalAbove: figure
      .optional()
      .describe('Above it the flag is A, for cells that healthy blood has none of'),
  })
  .refine(({ low = 0, high = Number.POSITIVE_INFINITY }) => low <= high, { message: 'low is above high' });

export type ReferenceRange = z.infer<typeof rangeSchema>;

/** The file of HEMOSERVE_DIFFERENTIAL_FILE: which class plays which role, reference ranges, bounds. */
export const vocabularySchema = z.strictObject({
  $schema: z.string().optional(),
  minWhiteCells: z.int().positive().describe('Fewer white cells are insufficient for a differential'),
  erythroblastCorrectionFrom: figure.describe(
    'From so many erythroblasts per 100 white cells on a count of white blood cells is corrected for them',
  ),
  classes: z.record(
    z.string().min(1),
    z.strictObject({
      role: z.enum(ROLES),
      display: z.string().min(1).optional().describe('For readers; nothing is ever matched on it'),
      ranges: z
        .array(rangeSchema)
        .default([])
        .describe('Reference ranges by age, in the unit of the figure; the first that fits is taken'),
    }),
  ),
});

export type Vocabulary = z.infer<typeof vocabularySchema>;

/** The names of the classes that play a role, in the file's order. */
export function classesOf(vocabulary: Vocabulary, role: Role): string[] {
  return Object.entries(vocabulary.classes).flatMap(([name, entry]) => (entry.role === role ? name : []));
}

/** The range of a class for an age; one that is bounded by age needs a known one. */
export function rangeFor(
  { classes }: Vocabulary,
  className: string,
  age: number | undefined,
): ReferenceRange | undefined {
  return classes[className]?.ranges.find(({ fromAgeYears, toAgeYears }) => {
    if (age === undefined) return fromAgeYears === undefined && toAgeYears === undefined;
    return age >= (fromAgeYears ?? 0) && age < (toAgeYears ?? Number.POSITIVE_INFINITY);
  });
}
