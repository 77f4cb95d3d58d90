import { z } from 'zod';
import { FLAGS, REPORT_STATUSES } from '../../slides/differential.js';
import { SEXES, SLIDE_STATUSES } from '../../slides/slide.js';
import { judgementFields } from '../classify/judgement.js';

const MAX_TEXT = 256;

/** Text that every database keeps as it is: no NUL, no half of a character. */
export const text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine((value) => !value.includes('\0') && Buffer.from(value).toString() === value, {
    message: 'expected text without NUL and without half characters',
  });
/** A part of a path, so neither `.` nor `..`. */
const name = z
  .string()
  .regex(/^(?!\.{1,2}$)[\w.:-]{1,64}$/, 'expected letters, digits or any of ._:-, at most 64');
const time = z.iso.datetime({ offset: true });
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

export const slideIdSchema = z.object({ id: name.describe('Id of the slide') });

/** The body of POST /v1/slides. */
export const descriptionSchema = z.strictObject({
  id: name.describe("By the caller, and the slide's only name"),
  source: name.optional().describe("The analyzer's name"),
  specimenNumber: text.describe("The specimen's number, as on its label"),
  collectedAt: time.optional().describe('When the specimen was taken'),
  orderNumber: text.optional().describe("The order's number at whoever placed it (the LIS)"),
  fillerOrderNumber: text.optional().describe("The order's number at whoever fills it (the laboratory)"),
  patient: z
    .strictObject({
      identifier: text,
      familyName: text.optional(),
      givenName: text.optional(),
      birthDate: z.iso.date().optional(),
      sex: z.enum(SEXES).optional(),
    })
    .optional()
    .describe('Whose specimen it is; never logged'),
  whiteBloodCells: z
    .strictObject({
      value: z.number().nonnegative().max(10_000).describe('10^9 cells in a litre'),
      withoutErythroblasts: z
        .boolean()
        .default(false)
        .describe('Whether the analyzer has left erythroblasts out; then they are not taken out again'),
    })
    .optional()
    .describe('A count by an analyzer, to be corrected for erythroblasts'),
});

/** A slide without its crops. */
export const slideSchema = descriptionSchema.extend({
  status: z.enum(SLIDE_STATUSES),
  revision: z.int().describe('Grows by one when the slide is completed or verified'),
  createdAt: time,
  completedAt: time.optional(),
  cropCount: z.int(),
});

const rangeSchema = z.object({
  fromAgeYears: z.number().optional(),
  toAgeYears: z.number().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  abnormalAbove: z.number().optional(),
});

const figureSchema = z.object({
  class: z.string(),
  count: z.int().describe('Cells of the class'),
  n: z.int().describe('White cells in all'),
  value: z.number().optional().describe('Absent where there is no white cell'),
  lower95: z.number().optional().describe('Exact binomial limit (Clopper-Pearson)'),
  upper95: z.number().optional().describe('Exact binomial limit (Clopper-Pearson)'),
  range: rangeSchema.optional().describe('Reference range for the age of the patient'),
  flag: z.enum(FLAGS).optional().describe('Below (L) or above (H) the range, or abnormal (A)'),
});

export const differentialSchema = z.object({
  status: z.enum(REPORT_STATUSES),
  whiteCellCount: z.int(),
  sufficient: z.boolean().describe('Whether there are as many white cells as a differential needs'),
  minWhiteCells: z.int(),
  unidentifiedCount: z.int().describe('Crops that a person must look at before the slide can be final'),
  notCountedCount: z.int().describe('Crops that a person took out'),
  whiteCells: z.array(figureSchema).describe('In percent of the white cells'),
  per100WhiteCells: z.array(figureSchema).describe('Per 100 white cells'),
  apart: z.array(z.object({ class: z.string(), count: z.int() })),
  adjusted: z
    .array(z.object({ class: z.string(), value: z.number(), lower95: z.number(), upper95: z.number() }))
    .optional()
    .describe("Percentages that take the model's own confusions into account; only before a verification"),
  whiteBloodCells: z
    .object({
      given: z.number().describe('10^9 cells in a litre'),
      value: z.number().describe('Without erythroblasts'),
      corrected: z.boolean().describe('Whether it was corrected here'),
    })
    .optional(),
});

export const personSchema = z.object({ name: text, identifier: text.optional() });
/** Who does something, in a body. Whether it must say so is the handler's business, with a code of its own. */
export const bySchema = z
  .strictObject({ name: z.string().max(256).optional(), identifier: text.optional() })
  .optional()
  .describe(
    'The person, where nobody needs a key. Where a key or token came, its name or subject is taken instead',
  );
const correctionSchema = z.strictObject({
  crop: sha256Schema.describe("SHA-256 of the crop's file"),
  class: z.string().min(1).describe('Another class, or the same one where a person had to look'),
});

export const verificationSchema = z.object({
  by: personSchema,
  at: time,
  corrections: z.array(correctionSchema),
  comment: z.string().optional(),
  revision: z.int().describe('Of the slide, after it'),
});

/** The body of POST /v1/slides/:id/verify. */
export const verifySchema = z.strictObject({
  by: bySchema,
  revision: z
    .int()
    .optional()
    .describe('Of the slide, as the person saw it. With it nobody verifies what has changed since'),
  corrections: z.array(correctionSchema).max(100_000).default([]),
  comment: z.string().min(1).max(4000).optional(),
});

/** What the model says of a crop, with whatever its trust data adds. */
export const resultSchema = z.looseObject({
  class: z.string().describe('The most probable class (top-1)'),
  probability: z.number(),
  probabilities: z.record(z.string(), z.number()),
  ...judgementFields,
});

export const cropIdSchema = z
  .string()
  .optional()
  .describe("The caller's own id of the crop, from the CSV of a whole slide");

const cropSchema = z.object({
  crop: sha256Schema,
  cropId: cropIdSchema,
  number: z.int().describe('Place in the slide, from 1'),
  filename: z.string().optional(),
  receivedAt: time,
  model: z.object({ name: z.string(), version: z.string() }),
  countsAs: z.string().optional().describe('Absent while a person must look at it'),
  byPerson: z.boolean().describe('Whether a person said so'),
  result: resultSchema,
});

/** A slide and what it shows. */
export const summarySchema = slideSchema.extend({
  differential: differentialSchema,
  verifications: z.array(verificationSchema).describe('The oldest first'),
});

/** All of a slide. */
export const reportSchema = summarySchema.extend({ crops: z.array(cropSchema) });

export const claimSchema = z
  .object({ by: personSchema, until: time.describe('Each change of this person puts it off') })
  .describe('Whose the slide is at the moment; others cannot change it');

/** A slide in a list. */
export const listedSlideSchema = slideSchema.extend({ claim: claimSchema.optional() });

/** How far a review is. */
export const reviewSchema = z.object({
  slide: z.string(),
  revision: z.int().describe('Of the slide'),
  claim: claimSchema.optional(),
  changes: z
    .array(
      z.object({
        number: z.int().describe("Of the slide's changes, from 1"),
        crop: sha256Schema,
        from: z.string().optional().describe('Absent while a person had to look'),
        to: z.string().optional().describe('Absent where a change was taken back'),
        by: personSchema,
        at: time,
        revision: z.int().describe('Of the slide, at that time'),
      }),
    )
    .describe('Of all times, the oldest first. None is ever deleted before its slide'),
  corrections: z.array(correctionSchema).describe('What they come to since the last verification'),
  differential: differentialSchema.describe('With these corrections'),
});
