import { ServiceError } from '../../errors/problem.js';
import { text } from './schemas.js';

/** A crop that a CSV names. */
export interface ListedCrop {
  /** As the file is named in its form or zip. */
  file: string;
  /** The caller's own id. */
  cropId?: string;
}

export interface SlideCsv {
  description: object;
  /** Absent where the CSV names no crops. */
  crops?: ListedCrop[];
}

/** Columns that are of the crop on its line; all others are of the slide. */
const CROP_COLUMNS = ['file', 'cropId'];

/**
 * A slide as CSV. Its columns are the members of a description, with a dot for what lies deeper, such as
 * `patient.identifier`; empty cells are absent. With a column `file` there is a line for each crop: what is said of the
 * slide stands on the first one, and others may repeat it or leave it empty. Without it there is one line.
 *
 * @throws {ServiceError} invalid_request, which says what is wrong.
 */
export async function readSlideCsv(csv: string): Promise<SlideCsv> {
  const rows = await parseRows(csv);
  const [first] = rows;
  const listsCrops = first !== undefined && Object.hasOwn(first, 'file');
  if (!first || (rows.length > 1 && !listsCrops)) {
    throw wrong("needs one line under its header, or a column 'file' and a line for each crop.");
  }
  const cells = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    for (const [column, cell] of Object.entries(row)) {
      if (cell === '' || (listsCrops && CROP_COLUMNS.includes(column))) continue;
      const known = cells.get(column);
      if (known === undefined && index === 0) cells.set(column, cell);
      else if (known !== cell)
        throw wrong(`says another "${column}" in line ${index + 2} than in its first.`);
    }
  }
  return { description: nested(cells), ...(listsCrops && { crops: readCrops(rows) }) };
}

async function parseRows(csv: string): Promise<Record<string, string>[]> {
  const { parse } = await import('csv-parse/sync');
  try {
    return parse(csv, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new ServiceError('invalid_request', "The slide's description is no CSV.", { cause: error });
  }
}

function readCrops(rows: readonly Record<string, string>[]): ListedCrop[] {
  const seen = new Set<string>();
  return rows.map(({ file = '', cropId = '' }, index) => {
    if (file === '') throw wrong(`names no file in line ${index + 2}.`);
    if (cropId && !text.safeParse(cropId).success) throw wrong(`has no good cropId in line ${index + 2}.`);
    for (const key of [`file ${file}`, ...(cropId ? [`cropId ${cropId}`] : [])]) {
      if (seen.has(key)) throw wrong(`has the same ${key.split(' ', 1)[0]} again in line ${index + 2}.`);
      seen.add(key);
    }
    return { file, ...(cropId && { cropId }) };
  });
}

function nested(cells: ReadonlyMap<string, string>): object {
  // Without a prototype: a column may have any name.
  const description: Record<string, unknown> = Object.create(null);
  for (const [column, cell] of cells) {
    const [outer = '', inner] = column.split('.');
    description[outer] =
      inner === undefined
        ? cell
        : { ...(description[outer] as object | undefined), [inner]: cellValue(column, cell) };
  }
  return description;
}

function cellValue(column: string, cell: string): unknown {
  if (column === 'whiteBloodCells.value') return Number(cell);
  if (column === 'whiteBloodCells.withoutErythroblasts') return cell === 'true';
  return cell;
}

function wrong(what: string): ServiceError {
  return new ServiceError('invalid_request', `The slide's CSV ${what}`);
}
