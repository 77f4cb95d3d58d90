import { shares } from '../quantiles.js';
import { populationStabilityIndex, ShareHistogram } from './histogram.js';
import { QUANTITIES, type Quantity, type QuantityValues, type Reference } from './quantities.js';

/** Last crops of a source that are looked at: enough to see what matters, few enough to see it within 200 crops. */
export const WINDOW = 300;
/** Fewer say nothing. */
const LEAST_CROPS = 50;
/** Crops from one look to the next. */
const LOOK_EVERY = 10;
/** Crops, all as usual, that are expected to pass before one false report. */
const CROPS_A_FALSE_REPORT = 1_000_000;
/** Spreads the values that are alike evenly over their share: fractions of its multiples fill the interval (Weyl 1916). */
const GOLDEN_RATIO = 0.618033988749895;

/** How one quantity of a source differs from the model's reference. */
export interface QuantityShift {
  quantity: Quantity;
  /** Crops that it is of. */
  n: number;
  kolmogorovSmirnov: number;
  /** What the distance does not reach while crops are as usual. */
  limit: number;
  stabilityIndex: number;
  shifted: boolean;
}

export type SourceState = 'collecting' | 'usual' | 'shifted';

interface Entry {
  className: string;
  /** By the place in QUANTITIES; undefined where there was no value or no reference. */
  bins: (number | undefined)[];
}

/**
 * The last crops of one source against a model's reference. After every tenth crop each quantity's Kolmogorov-Smirnov
 * distance is compared with a limit from the inequality of Dvoretzky, Kiefer & Wolfowitz (1956; Massart 1990), in which
 * the reference counts as the sample that it is. The looks share one chance of a false report, in a million crops, between
 * them (Bonferroni), so that looking again and again raises none.
 */
export class SourceWindow {
  readonly #entries: Entry[] = [];
  readonly #histograms = QUANTITIES.map(() => new ShareHistogram());
  readonly #classCounts = new Map<string, number>();
  #seen = 0;
  #shifted: readonly Quantity[] = [];

  constructor(private readonly reference: Reference) {}

  /** Crops since the beginning. */
  get seen(): number {
    return this.#seen;
  }

  get state(): SourceState {
    if (this.#entries.length < LEAST_CROPS) return 'collecting';
    return this.#shifted.length > 0 ? 'shifted' : 'usual';
  }

  /** Quantities that were beyond their limits at the last look. */
  get shifted(): readonly Quantity[] {
    return this.#shifted;
  }

  /** @param className the predicted class. */
  add(className: string, values: QuantityValues): void {
    const bins = QUANTITIES.map((quantity, index) => {
      const distribution = this.reference[className]?.distributions[quantity];
      const value = values[quantity];
      if (!distribution || value === undefined) return undefined;
      const [below, upTo] = shares(distribution, value);
      const place = (this.#seen * GOLDEN_RATIO) % 1;
      return this.#histograms[index]?.add(below + place * (upTo - below));
    });
    this.#entries.push({ className, bins });
    this.#count(className, 1);
    this.#seen += 1;
    if (this.#entries.length > WINDOW) this.#forget(this.#entries.shift());
    if (this.#seen % LOOK_EVERY === 0) this.#look();
  }

  /** Each quantity that has values and a reference. */
  quantities(): QuantityShift[] {
    const alpha = LOOK_EVERY / CROPS_A_FALSE_REPORT / QUANTITIES.length;
    return QUANTITIES.flatMap((quantity, index) => {
      const histogram = this.#histograms[index];
      if (!histogram?.n) return [];
      const limit = Math.sqrt((Math.log(2 / alpha) / 2) * (1 / histogram.n + this.#referenceVariance()));
      const { n, kolmogorovSmirnov, stabilityIndex } = histogram;
      const shifted = n >= LEAST_CROPS && kolmogorovSmirnov > limit;
      return { quantity, n, kolmogorovSmirnov, limit, stabilityIndex, shifted };
    });
  }

  /** Shares of the predicted classes, and how they differ from the reference's; a ward's mix is no fault. */
  classes(): { shares: Record<string, number>; stabilityIndex: number } {
    const names = Object.keys(this.reference);
    const total = names.reduce((sum, name) => sum + (this.reference[name]?.n ?? 0), 0);
    const counts = names.map((name) => this.#classCounts.get(name) ?? 0);
    const expected = names.map((name) => (this.reference[name]?.n ?? 0) / Math.max(1, total));
    return {
      shares: Object.fromEntries(
        [...this.#classCounts].map(([name, count]) => [name, count / Math.max(1, this.#entries.length)]),
      ),
      stabilityIndex: populationStabilityIndex(expected, counts),
    };
  }

  #look(): void {
    this.#shifted = this.quantities()
      .filter(({ shifted }) => shifted)
      .map(({ quantity }) => quantity);
  }

  #forget(entry: Entry | undefined): void {
    entry?.bins.forEach((bin, index) => {
      if (bin !== undefined) this.#histograms[index]?.remove(bin);
    });
    if (entry) this.#count(entry.className, -1);
  }

  #count(className: string, by: number): void {
    const count = (this.#classCounts.get(className) ?? 0) + by;
    if (count === 0) this.#classCounts.delete(className);
    else this.#classCounts.set(className, count);
  }

  /** As 1 / n of a sample: the reference's of each class, by their shares in the window. */
  #referenceVariance(): number {
    return [...this.#classCounts].reduce((sum, [name, count]) => {
      const n = this.reference[name]?.n ?? 0;
      return n === 0 ? sum : sum + (count / this.#entries.length) ** 2 / n;
    }, 0);
  }
}
