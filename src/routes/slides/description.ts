import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import type { SlideDescription } from '../../slides/slide.js';
import { descriptionSchema } from './schemas.js';
import { type ListedCrop, readSlideCsv } from './slide-csv.js';

/** Most bytes of a slide's description: a CSV with a line for each of 1,000 crops, parsed in a turn of the event loop. */
export const MAX_DESCRIPTION_BYTES = 131_072;

/** The file of a whole slide that says what slide it is. */
export interface DescriptionFile {
  text: string;
  kind: 'json' | 'csv';
}

/**
 * A slide's description from a file, and the crops that it names where it is a CSV that does.
 *
 * @throws {ServiceError} invalid_request, which says what is wrong.
 */
export async function readDescription({
  text,
  kind,
}: DescriptionFile): Promise<{ description: SlideDescription; crops?: ListedCrop[] }> {
  const { description, ...rest } =
    kind === 'json' ? { description: readJson(text) } : await readSlideCsv(text);
  const parsed = descriptionSchema.safeParse(description);
  // Optional members are absent or have a value.
  if (parsed.success) return { description: parsed.data as SlideDescription, ...rest };
  throw new ServiceError('invalid_request', `The slide's description: ${z.prettifyError(parsed.error)}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError('invalid_request', "The slide's description is no JSON.", { cause: error });
  }
}
