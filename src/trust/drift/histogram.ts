/** Of the interval from 0 to 1; a multiple of ten, for the deciles. */
const BINS = 100;
const DECILES = 10;

/**
 * Shares, uniform between 0 and 1 where nothing has changed, of the last crops. A value's share is that of the
 * reference's values below it (probability integral transform), so that crops of all classes count together, each by
 * its own class's reference.
 */
export class ShareHistogram {
  readonly #counts = new Uint32Array(BINS);
  #n = 0;

  get n(): number {
    return this.#n;
  }

  /** @returns the bin, to be given to `remove` when the crop leaves the window. */
  add(share: number): number {
    const bin = Math.min(BINS - 1, Math.floor(share * BINS));
    (this.#counts[bin] as number)++;
    this.#n += 1;
    return bin;
  }

  remove(bin: number): void {
    (this.#counts[bin] as number)--;
    this.#n -= 1;
  }

  /** The Kolmogorov-Smirnov distance from the uniform distribution, at the bins' edges. */
  get kolmogorovSmirnov(): number {
    let below = 0;
    let most = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#counts[bin] as number;
      most = Math.max(most, Math.abs(below / this.#n - (bin + 1) / BINS));
    }
    return this.#n === 0 ? 0 : most;
  }

  /** The population stability index over the reference's deciles. */
  get stabilityIndex(): number {
    const observed = new Array<number>(DECILES).fill(0);
    for (let bin = 0; bin < BINS; bin++) {
      const decile = Math.floor((bin * DECILES) / BINS);
      observed[decile] = (observed[decile] ?? 0) + (this.#counts[bin] as number);
    }
    return populationStabilityIndex(new Array(DECILES).fill(1 / DECILES), observed);
  }
}

/**
 * The population stability index (Siddiqi 2006, "Credit risk scorecards"; Jeffreys' divergence of two histograms). By
 * custom, below 0.1 nothing has changed, and above 0.25 much has. Half a crop is added to each cell, as an empty one has
 * no logarithm.
 *
 * @param expected shares, summing to 1.
 * @param observed counts.
 */
export function populationStabilityIndex(expected: readonly number[], observed: readonly number[]): number {
  const cells = expected.length;
  const n = observed.reduce((sum, count) => sum + count, 0);
  if (n === 0) return 0;
  return expected.reduce((sum, share, index) => {
    const own = ((observed[index] ?? 0) + 0.5) / (n + 0.5 * cells);
    const other = (share * n + 0.5) / (n + 0.5 * cells);
    return sum + (own - other) * Math.log(own / other);
  }, 0);
}
