type Values = Uint8Array | Float32Array | Float64Array;

/** The values of one of `count` items that lie after each other: a view, not a copy. */
export function rowOf<T extends Values>(all: T, index: number, count: number): T {
  const length = all.length / count;
  return all.subarray(index * length, (index + 1) * length) as T;
}

/** Rows of one length after each other, in memory of their own, which may go over to another thread without a copy. */
export function joinRows<T extends Values>(kind: new (length: number) => T, rows: readonly T[]): T {
  const length = rows[0]?.length ?? 0;
  const all = new kind(rows.length * length);
  for (const [index, row] of rows.entries()) all.set(row, index * length);
  return all;
}
