import { readFileSync, writeFileSync } from 'node:fs';

/** JSON has no such numbers: they are written as these texts. */
const NOT_FINITE = ['NaN', 'Infinity', '-Infinity'];

/** Writes results so that {@link readResults} gives the very same ones. */
export function writeResults(file: string, results: unknown): void {
  const text = JSON.stringify(
    results,
    (_key, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  );
  writeFileSync(file, `${text}\n`);
}

export function readResults(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'), (_key, value) =>
    NOT_FINITE.includes(value) ? Number(value) : value,
  );
}
