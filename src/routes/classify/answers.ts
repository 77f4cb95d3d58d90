import { z } from 'zod';
import { problemSchema } from '../../errors/problem.js';
import { fileErrorSchema } from '../../errors/responses.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { headSchema } from './head.js';
import { judgementFields } from './judgement.js';
import type { Outcome } from './outcomes.js';

/** The media type of an answer of many lines, each a JSON object. */
export const NDJSON_TYPE = 'application/x-ndjson';

const probability = z.number().min(0).max(1);

const classificationSchema = z.object({
  index: z.int().describe('Place of the file in the request, from 0'),
  filename: z.string().optional().describe('As the client named it'),
  class: z.string().describe('The most probable class (top-1)'),
  probability: probability.describe('The probability of that class'),
  probabilities: z.record(z.string(), probability).describe("By class, in the model's order; they sum to 1"),
  ...judgementFields,
});

const resultSchema = z.union([classificationSchema, fileErrorSchema]);

/** The answer as one JSON object. */
export const answerSchema = headSchema.extend({
  results: z.array(resultSchema).describe("In the request's order"),
});

/** A line of the answer as NDJSON. */
export const lineSchema = z.union([
  ...resultSchema.options,
  headSchema
    .extend({
      imageCount: z.int().describe('Number of lines before this last one'),
      error: problemSchema.optional().describe('Why the request failed after its first line'),
    })
    .describe('The last line'),
]);

export type Result = z.infer<typeof resultSchema>;

/** An outcome as the answer has it; counts its error. */
export function toResult(outcome: Outcome, metrics: Metrics): Result {
  if (!('error' in outcome)) return outcome;
  metrics.errors.inc({ code: outcome.error.code });
  return { ...outcome, error: outcome.error.toProblem() };
}
