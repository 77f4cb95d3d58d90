type Matrix = readonly (readonly number[])[];

const SINGULAR = 1e-9;

export function transpose(matrix: Matrix): number[][] {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0));
}

export function multiply(a: Matrix, b: Matrix): number[][] {
  const columns = transpose(b);
  return a.map((row) =>
    columns.map((column) => row.reduce((sum, value, index) => sum + value * (column[index] ?? 0), 0)),
  );
}

/** By Gauss and Jordan, with the largest pivot of each column. @returns undefined for one that has none. */
export function inverse(matrix: Matrix): number[][] | undefined {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    const at = (row: number) => rows[row]?.[column] ?? 0;
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (Math.abs(at(row)) > Math.abs(at(pivot))) pivot = row;
    const [line, other] = [rows[pivot], rows[column]];
    if (!line || !other || Math.abs(at(pivot)) < SINGULAR) return undefined;
    rows[pivot] = other;
    const scale = line[column] ?? 1;
    const scaled = line.map((value) => value / scale);
    rows[column] = scaled;
    for (const [index, row] of rows.entries()) {
      const factor = row[column] ?? 0;
      if (index !== column) rows[index] = row.map((value, j) => value - factor * (scaled[j] ?? 0));
    }
  }
  return rows.map((row) => row.slice(size));
}
