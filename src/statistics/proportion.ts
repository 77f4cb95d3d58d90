import { compiled, incbi } from 'cephes';

await compiled;

/** A proportion with its exact 95 % confidence limits, as in the manifest. */
export interface Proportion {
  value: number;
  lower95: number;
  upper95: number;
}

/**
 * A proportion with its exact 95 % confidence limits (Clopper & Pearson 1934), which are quantiles of beta
 * distributions.
 *
 * @returns undefined for no trials at all, of which there is no proportion.
 */
export function proportion(successes: number, n: number): Proportion | undefined {
  if (n === 0) return undefined;
  return {
    value: successes / n,
    lower95: successes === 0 ? 0 : incbi(successes, n - successes + 1, 0.025),
    upper95: successes === n ? 1 : incbi(successes + 1, n - successes, 0.975),
  };
}
