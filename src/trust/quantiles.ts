/** A distribution by its quantiles: `values[i]` is the quantile at the probability `grid[i]`; both never fall. */
export interface Distribution {
  /** From 0 to 1. */
  grid: readonly number[];
  values: readonly number[];
}

/** The quantile at a probability, between two known ones on the straight line between them. */
export function quantile({ grid, values }: Distribution, probability: number): number {
  return interpolate(grid, values, probability);
}

/** The share of the distribution that a value reaches: P(X <= value), 0 below the least quantile and 1 from the greatest on. */
export function cumulative({ grid, values }: Distribution, value: number): number {
  if (value < (values[0] ?? 0)) return 0;
  if (value >= (values.at(-1) ?? 0)) return 1;
  return interpolate(values, grid, value);
}

/**
 * Shares below a value and up to it: P(X < value) and P(X <= value). They differ where many values of the distribution
 * are alike, which some of its quantiles then are.
 */
export function shares(distribution: Distribution, value: number): [below: number, upTo: number] {
  const { grid, values } = distribution;
  const upTo = cumulative(distribution, value);
  const first = values.indexOf(value);
  return [first === -1 ? upTo : (grid[first] as number), upTo];
}

/** @param xs never falling; of equal ones the last counts. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (x <= (xs[0] as number) && x < (xs[1] as number)) return ys[0] as number;
  if (x >= (xs[high] as number)) return ys[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) <= x) low = middle;
    else high = middle;
  }
  const from = xs[low] as number;
  const step = (xs[high] as number) - from;
  const share = step === 0 ? 1 : (x - from) / step;
  return (ys[low] as number) + share * ((ys[high] as number) - (ys[low] as number));
}
