import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { estimateSchema, proportion } from './manifest.js';

/**
 * What is shown of evaluation.json in a version's folder, as `npm run evaluate` wrote it. The rest of that file names
 * crops, and is left out.
 */
export const evaluationSchema = z.object({
  data: z.object({ name: z.string(), part: z.string().optional() }),
  engine: z.object({ name: z.string(), version: z.string(), precision: z.string() }),
  views: z.int(),
  startedAt: z.string(),
  n: z.int().describe('Crops'),
  accuracy: estimateSchema.optional(),
  macroF1: proportion.optional(),
  expectedCalibrationError: proportion.optional(),
  perClass: z.array(
    z.object({
      name: z.string(),
      support: z.int().describe('Crops of the class'),
      recall: estimateSchema.optional(),
      precision: estimateSchema.optional(),
      roc: z
        .object({
          auc: proportion,
          falsePositiveRate: z.array(proportion),
          truePositiveRate: z.array(proportion),
        })
        .optional()
        .describe('Of the class against the rest'),
    }),
  ),
  confusionMatrix: z.object({
    counts: z.array(z.array(z.int())).describe('By true class (row) and predicted class (column)'),
  }),
  reliability: z.array(
    z.object({
      from: proportion,
      to: proportion,
      count: z.int(),
      confidence: proportion.optional(),
      accuracy: proportion.optional(),
    }),
  ),
  riskCoverage: z.array(
    z.object({ accepted: proportion, leastConfidence: proportion, accuracy: estimateSchema }),
  ),
});

/**
 * The evaluation that lies beside a version's manifest; undefined where there is none.
 *
 * @throws {Error} what is wrong with the file.
 */
export async function readEvaluation(folder: string): Promise<z.infer<typeof evaluationSchema> | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'evaluation.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return evaluationSchema.parse(JSON.parse(text));
}
