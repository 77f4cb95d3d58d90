import { z } from 'zod';
import { MEASURES } from '../vocabulary/measures.js';
import { PRECISIONS } from '../vocabulary/precisions.js';
import { relativePath } from './paths.js';

const probability = z.number().min(0).max(1);

/** A distribution by its quantiles at `grid`'s probabilities, never falling. */
const distribution = z
  .array(z.number())
  .min(2)
  .describe("The quantiles at `grid`'s probabilities, never falling");

/** Int8's scores are larger than float32's: each precision has its own reference. */
const ofPrecisions = z
  .partialRecord(z.enum(PRECISIONS), distribution)
  .describe('By the precision that the network ran in');

const measures = z.record(z.enum(MEASURES), distribution);

/**
 * The novelty score's parameters. Of a crop's features x (featureCount), with the arrays of `file`:
 *
 *     x = x / |x|                                   where features is "l2"
 *     u = projection (x - mean)                     (k); the rows of `projection` are orthonormal
 *     z = u * scales                                (k); the covariance within the classes becomes 1
 *     distance   = min over c of |z - classMeans[c]|²        Mahalanobis (Lee et al. 2018)
 *     residual   = |x - mean|² - |u|²               what the projection leaves out (ViM, Wang et al. 2022; PPCA)
 *     background = |u * backgroundScales|²          for the relative distance (Ren et al. 2021), with a negative weight
 *     energy     = -log(sum of exp(logits))         before the temperature (Liu et al. 2020)
 *     appearance = min over c of |appearanceProjection ((m - appearanceMean) * appearanceScales) - appearanceClassMeans[c]|²
 *                                                   of the crop's measures m, in the order of MEASURES
 *     score = sum over the terms of weight * term
 */
const noveltySchema = z.strictObject({
  method: z.string().describe('Name of the method, and its paper'),
  file: relativePath.describe('The arrays, float32, little-endian, one after the other'),
  arrays: z
    .array(
      z.strictObject({
        name: z.enum([
          'mean',
          'projection',
          'scales',
          'classMeans',
          'backgroundScales',
          'appearanceMean',
          'appearanceScales',
          'appearanceProjection',
          'appearanceClassMeans',
        ]),
        shape: z.array(z.int().positive()).min(1).max(2),
      }),
    )
    .describe('In the order of the file; those that the terms need'),
  features: z.enum(['raw', 'l2']).describe('Whether features are divided by their length first'),
  weights: z
    .partialRecord(z.enum(['distance', 'residual', 'background', 'energy', 'appearance']), z.number())
    .describe('Of the terms that make the score; a term without one is not computed'),
  quantiles: ofPrecisions.describe(
    'Scores of the calibration crops, by the precision that the network ran in; higher is more novel',
  ),
});

/** What crops of one class look like to the model, for drift; classes are the predicted ones. */
const referenceSchema = z.strictObject({
  n: z.int().nonnegative().describe('Crops'),
  probability: distribution.describe("Quantiles of the most probable class's probability"),
  novelty: ofPrecisions.optional(),
  measures,
});

/** models/NAME/VERSION/trust.json: what answers are judged against; fitted on crops that the network was not trained on. */
export const trustDataSchema = z.strictObject({
  formatVersion: z.literal(1),
  part: z.string().describe("The part of the split that it was fitted on, such as 'validation'"),
  n: z.int().positive().describe('Crops that it was fitted on'),
  command: z.string().describe('The command that fitted it'),
  grid: z
    .array(probability)
    .min(2)
    .describe('Probabilities of all quantiles, rising, the first 0 and the last 1'),
  conformal: z.strictObject({
    method: z.literal('LAC').describe('Sadinle, Lei & Wasserman 2019, class-conditional'),
    scores: z
      .record(z.string(), z.array(probability))
      .describe(
        'By class: 1 - its calibrated probability, of each calibration crop of that class, never falling',
      ),
  }),
  novelty: noveltySchema.optional(),
  measures: measures.describe('Quantiles of each image measure, over all calibration crops'),
  drift: z.record(z.string(), referenceSchema).describe('By predicted class'),
});

export type TrustData = z.infer<typeof trustDataSchema>;
