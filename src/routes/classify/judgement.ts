import { z } from 'zod';
import { MEASURES } from '../../vocabulary/measures.js';
import { DECISIONS, REASONS } from '../../vocabulary/reasons.js';

/** What an answer has beside its probabilities, where the version has trust data; docs/trust.md explains each. */
export const judgementFields = {
  decision: z
    .enum(DECISIONS)
    .optional()
    .describe(
      'Whether the answer may be taken, or a person must look at the crop; absent without trust data',
    ),
  reasons: z.array(z.enum(REASONS)).optional().describe('Why a person must look; none of an accepted answer'),
  predictionSet: z
    .array(z.string())
    .optional()
    .describe('Classes that the crop may be of, at the level that the answer names (conformal set)'),
  novelty: z
    .object({ score: z.number(), threshold: z.number() })
    .optional()
    .describe('How little the crop is like those that the model knows; above the threshold it is novel'),
  quality: z
    .object({
      measures: z.record(z.enum(MEASURES), z.number()).describe('Measures of the image'),
      unusual: z
        .array(
          z.object({ measure: z.enum(MEASURES), value: z.number(), lower: z.number(), upper: z.number() }),
        )
        .describe('Those outside the limits of usual crops'),
    })
    .optional(),
  heatmap: z
    .object({
      class: z.string(),
      png: z.string().describe('The crop with the map over it, a PNG in base64'),
    })
    .optional()
    .describe('Where the network sees the class, with `explain=heatmap`'),
};

/** How the answers of a request were judged. */
export const trustSchema = z
  .object({
    conformalLevel: z.number().describe('Of the prediction sets (HEMOSERVE_CONFORMAL_LEVEL)'),
    leastProbability: z.number().describe('HEMOSERVE_LEAST_PROBABILITY'),
    falseAlarmRate: z.number().describe('HEMOSERVE_FALSE_ALARM_RATE'),
    missing: z
      .array(z.enum(['decision', 'predictionSet', 'novelty', 'quality']))
      .describe('What the results lack, as the version has no data for it, or it is off'),
  })
  .describe('How the results were judged');
