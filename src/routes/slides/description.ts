import { z } from 'zod';
import { ServiceError } from '../../errors/problem.js';
import type { SlideDescription } from '../../slides/slide.js';
import { descriptionSchema } from './schemas.js';

/** Most bytes of a slide's description. */
export const MAX_DESCRIPTION_BYTES = 65_536;

/**
 * A slide's description from a file: JSON, or CSV of one line under its header. Its columns are those of the JSON, with
 * a dot for what lies deeper, such as `patient.identifier`; empty cells are absent.
 *
 * @throws {ServiceError} invalid_request, which says what is wrong.
 */
export async function readDescription(text: string, kind: 'json' | 'csv'): Promise<SlideDescription> {
  const parsed = descriptionSchema.safeParse(kind === 'json' ? readJson(text) : await readCsv(text));
  // Optional members are absent or have a value.
  if (parsed.success) return parsed.data as SlideDescription;
  throw new ServiceError('invalid_request', `The slide's description: ${z.prettifyError(parsed.error)}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError('invalid_request', "The slide's description is no JSON.", { cause: error });
  }
}

async function readCsv(text: string): Promise<object> {
  const { parse } = await import('csv-parse/sync');
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new ServiceError('invalid_request', "The slide's description is no CSV.", { cause: error });
  }
  const [row, ...more] = rows;
  if (!row || more.length > 0) {
    throw new ServiceError('invalid_request', "The slide's description needs one line under its header.");
  }
  // Without a prototype: a column may have any name.
  const description: Record<string, unknown> = Object.create(null);
  for (const [column, cell] of Object.entries(row)) {
    if (cell === '') continue;
    const [outer = '', inner] = column.split('.');
    if (inner === undefined) description[outer] = cell;
    else
      description[outer] = {
        ...(description[outer] as object | undefined),
        [inner]: cellValue(column, cell),
      };
  }
  return description;
}

function cellValue(column: string, cell: string): unknown {
  if (column === 'whiteBloodCells.value') return Number(cell);
  if (column === 'whiteBloodCells.withoutErythroblasts') return cell === 'true';
  return cell;
}
