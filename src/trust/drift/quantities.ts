import { MEASURES } from '../../vocabulary/measures.js';
import type { Distribution } from '../quantiles.js';

/** What is watched of each crop: its probability, its novelty, and its image measures. */
export const QUANTITIES = ['probability', 'novelty', ...MEASURES] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** What is known of one crop; what is not is left out. */
export type QuantityValues = Partial<Record<Quantity, number>>;

/** What usual crops of one predicted class look like. */
export interface ClassReference {
  /** Crops that it is of. */
  n: number;
  distributions: Partial<Record<Quantity, Distribution>>;
}

/** By class name; a class may lack one. */
export type Reference = Readonly<Record<string, ClassReference>>;
