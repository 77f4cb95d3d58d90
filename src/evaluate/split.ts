import { readFile } from 'node:fs/promises';
import { DataError } from './errors.js';

/** One row of a split. */
export interface SplitRow {
  /** Relative to the data set's folder. */
  path: string;
  sha256: string;
}

const HEADER = 'path,part,sha256';
/** A path, in quotes (doubled inside, as in RFC 4180) where it needs them, a part, a SHA-256. */
const ROW = /^(?:"((?:[^"]|"")*)"|([^",]+)),([^",]+),([0-9a-f]{64})$/;

/**
 * Reads one part of a split, as training/hemoserve_training/data/split_list.py writes it, in the file's order.
 *
 * @throws {DataError} when the file is missing or no split, or has no such part.
 */
export async function readSplit(file: string, part: string): Promise<SplitRow[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new DataError(`--split ${file}: ${error.message}`, { cause: error });
  });
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new DataError(`${file} does not begin with ${HEADER}`);
  const rows: SplitRow[] = [];
  const parts = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const [, quoted, bare, rowPart, sha256] = ROW.exec(line) ?? [];
    if (!rowPart || !sha256) throw new DataError(`${file}, line ${index + 2}: not ${HEADER}`);
    parts.add(rowPart);
    if (rowPart === part) rows.push({ path: quoted?.replaceAll('""', '"') ?? bare ?? '', sha256 });
  }
  if (rows.length === 0) {
    throw new DataError(`--part ${part} is not in ${file}; it has ${[...parts].join(', ')}`);
  }
  return rows;
}
