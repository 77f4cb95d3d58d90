import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ArgumentsError } from '../errors.js';

const share = z.number().min(0).max(1);

/** What a laboratory asks of a model before it is used: each is compared with a 95 % confidence limit, not with a figure. */
export const limitsSchema = z.strictObject({
  leastCropsPerClass: z.int().positive(),
  leastAcceptedAccuracy: share.describe('Of the accepted crops, right ones'),
  mostWrongAndAccepted: share.describe('Of all crops'),
  mostReferred: share.describe('Of all crops'),
  leastClassAgreement: share.describe("Of each class's accepted crops, right ones"),
});

export type Limits = z.infer<typeof limitsSchema>;

/** @throws {ArgumentsError} where the file is missing or wrong. */
export async function readLimits(file: string): Promise<Limits> {
  try {
    return limitsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new ArgumentsError(`--limits ${file}: ${reason}`, { cause: error });
  }
}
