/** Largest accepted growth of memory after its first reading. */
export const MOST_GROWTH = 0.05;

/** By what share memory grew after its first reading, at most. */
export function growthOf(readings: readonly { memoryMiB: number }[]): number {
  const [first = Number.NaN, ...later] = readings.map(({ memoryMiB }) => memoryMiB);
  return Math.max(...later) / first - 1;
}
