import type { ModelTrust } from '../registry/read-trust.js';
import { QUANTITIES, type Reference } from '../trust/drift/quantities.js';
import type { Precision } from '../vocabulary/precisions.js';

/** What usual crops look like to a model in the precision that it runs in, class by class, for drift. */
export function referenceOf({ drift, grid }: ModelTrust, precision: Precision): Reference {
  return Object.fromEntries(
    Object.entries(drift).map(([className, { n, probability, novelty, measures }]) => {
      const values = { ...measures, probability, novelty: novelty?.[precision] };
      const distributions = QUANTITIES.flatMap((quantity) => {
        const own = values[quantity];
        return own ? [[quantity, { grid, values: own }] as const] : [];
      });
      return [className, { n, distributions: Object.fromEntries(distributions) }];
    }),
  );
}
