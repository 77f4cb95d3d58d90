import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { estimateSchema } from './manifest.js';
import type { ModelVersion } from './registry.js';

const figures = z.object({ accuracy: estimateSchema });

/** What is shown of the report that `npm run adapt` wrote of a version. */
export const adaptationSchema = z.object({
  from: z.string().describe('The version that it began with, as name@version'),
  laboratory: z.string(),
  crops: z.record(z.string(), z.int()).describe('Labelled crops by class'),
  before: figures,
  after: figures,
  learningCurve: z
    .array(z.object({ crops: z.int(), accuracy: estimateSchema }))
    .describe('Accuracy by how many crops were learnt from'),
});

/** The report of an adapted version; undefined of others. @throws {Error} what is wrong with the file. */
export async function readAdaptation({
  folder,
  manifest,
}: ModelVersion): Promise<z.infer<typeof adaptationSchema> | undefined> {
  if (!manifest.adaptation) return undefined;
  return adaptationSchema.parse(JSON.parse(await readFile(join(folder, manifest.adaptation.report), 'utf8')));
}
